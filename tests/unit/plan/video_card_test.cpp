#include "launcher/plan/video_card.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const std::vector<std::uint16_t> intel = {0x8086};

ResolvedVideo resolve_for(const VmConfig& vm, const std::vector<PciFunction>& passed) {
  return resolve_video_card(vm, passed, intel);
}

VmConfig vm_with_vga(Vga vga) {
  VmConfig vm;
  vm.platform_vga = vga;
  return vm;
}

VmConfig vm_with_card(VideoCard card) {
  VmConfig vm;
  vm.video_card = card;
  return vm;
}

TEST_CASE("row 1: a video_card in the VM file is taken as it is") {
  const std::string because = "video_card says so";
  for (const VideoCard card : {VideoCard::standard_vga, VideoCard::cirrus, VideoCard::none}) {
    CHECK(resolve_for(vm_with_card(card), {}) == ResolvedVideo{card, because});
    CHECK(resolve_for(vm_with_card(card), {xenlaunch::test::card(0)}) ==
          ResolvedVideo{card, because});
  }
  CHECK(resolve_for(vm_with_card(VideoCard::igd_passthrough), {sound(), igd()}) ==
        ResolvedVideo{VideoCard::igd_passthrough, because});
}

TEST_CASE("row 1 wins over platform.vga") {
  VmConfig vm = vm_with_vga(Vga::cirrus);
  vm.video_card = VideoCard::standard_vga;
  CHECK(resolve_for(vm, {}).card == VideoCard::standard_vga);
}

TEST_CASE("row 2: an integrated GPU makes it IGD_passthrough, whatever platform.vga says") {
  const ResolvedVideo expected{VideoCard::igd_passthrough, "0000:00:02.0 is an integrated GPU"};
  CHECK(resolve_for({}, {igd()}) == expected);
  CHECK(resolve_for({}, {card(0), igd()}) == expected);
  for (const Vga vga : {Vga::standard, Vga::cirrus, Vga::none})
    CHECK(resolve_for(vm_with_vga(vga), {igd()}) == expected);
}

TEST_CASE("row 3: platform.vga decides where no integrated GPU is passed") {
  CHECK(resolve_for(vm_with_vga(Vga::standard), {card(0)}) ==
        ResolvedVideo{VideoCard::standard_vga, "platform.vga is std"});
  CHECK(resolve_for(vm_with_vga(Vga::cirrus), {}) ==
        ResolvedVideo{VideoCard::cirrus, "platform.vga is cirrus"});
  CHECK(resolve_for(vm_with_vga(Vga::none), {}) ==
        ResolvedVideo{VideoCard::none, "platform.vga is none"});
}

TEST_CASE("row 4: otherwise it is Cirrus") {
  const ResolvedVideo expected{VideoCard::cirrus, "neither video_card nor platform.vga is given"};
  CHECK(resolve_for({}, {}) == expected);
  CHECK(resolve_for({}, {card(0), sound()}) == expected);
}

TEST_CASE("IGD_passthrough without an integrated GPU is refused, naming what is passed instead") {
  const VmConfig vm = vm_with_card(VideoCard::igd_passthrough);
  const std::string remedy =
      "; list the integrated GPU (a display controller on bus 0 from Intel) under pci";
  CHECK(error_of([&] { resolve_for(vm, {}); }) ==
        "3: cannot use video_card IGD_passthrough: no integrated GPU is passed" + remedy);
  CHECK(error_of([&] {
          resolve_for(vm, {card(0), card(1)});
        }) ==
        "3: cannot use video_card IGD_passthrough: no integrated GPU is passed, but 0000:01:00.0 "
        "(10de:1b80, class 030000), 0000:01:00.1 (10de:1b81, class 040300)" +
            remedy);
}

TEST_CASE("another card than IGD_passthrough beside an integrated GPU is refused") {
  for (const auto& [card, name] : {std::pair{VideoCard::standard_vga, "Standard_VGA"},
                                   {VideoCard::cirrus, "Cirrus"},
                                   {VideoCard::none, "None"}})
    CHECK(error_of([&] { resolve_for(vm_with_card(card), {igd()}); }) ==
          std::string{"3: cannot use video_card "} + name +
              ": the integrated GPU 0000:00:02.0 is passed, which QEMU does only as "
              "IGD_passthrough; remove video_card, or the device");
}

TEST_CASE("what only looks like an integrated GPU is none") {
  const auto card_for = [](const PciFunction& function) {
    return resolve_for({}, {function}).card;
  };
  PciFunction second_display = igd();
  second_display.class_code = 0x038000;
  CHECK(card_for(second_display) == VideoCard::igd_passthrough);
  PciFunction network = igd();
  network.class_code = 0x020000;
  CHECK(card_for(network) == VideoCard::cirrus);
  PciFunction on_bus_1 = igd();
  on_bus_1.address.bus = 1;
  CHECK(card_for(on_bus_1) == VideoCard::cirrus);
  PciFunction in_segment_1 = igd();
  in_segment_1.address.segment = 1;
  CHECK(card_for(in_segment_1) == VideoCard::cirrus);
  PciFunction virtual_function = igd();
  virtual_function.physical_function = PciAddress{0, 0, 2, 0};
  CHECK(card_for(virtual_function) == VideoCard::cirrus);
  PciFunction amd = igd();
  amd.id.vendor = 0x1002;
  CHECK(card_for(amd) == VideoCard::cirrus);
}

TEST_CASE("the list of integrated vendors decides, not the program") {
  PciFunction amd = igd();
  amd.id.vendor = 0x1002;
  CHECK(resolve_video_card({}, {amd}, {0x8086, 0x1002}).card == VideoCard::igd_passthrough);
  CHECK(resolve_video_card({}, {igd()}, {0x1002}).card == VideoCard::cirrus);
  CHECK(resolve_video_card({}, {igd()}, {}).card == VideoCard::cirrus);
}

TEST_CASE("upstream QEMU gets the video memory that its cards need at least") {
  VmConfig vm;
  const auto mib_of = [&vm](VideoCard card) { return videoram_mib(vm, card); };
  CHECK(mib_of(VideoCard::standard_vga) == 16);
  CHECK(mib_of(VideoCard::cirrus) == 8);
  CHECK(mib_of(VideoCard::igd_passthrough) == 0);
  CHECK(mib_of(VideoCard::none) == 0);
  vm.videoram_mib = 32;
  CHECK(mib_of(VideoCard::standard_vga) == 32);
  CHECK(mib_of(VideoCard::cirrus) == 32);
  CHECK(mib_of(VideoCard::igd_passthrough) == 0);
}

TEST_CASE("traditional QEMU gets the video memory of the VM file, 4 MiB without one") {
  VmConfig vm;
  vm.device_model.profile = DeviceModelProfile::traditional;
  for (const VideoCard card :
       {VideoCard::igd_passthrough, VideoCard::standard_vga, VideoCard::cirrus, VideoCard::none}) {
    vm.videoram_mib.reset();
    CHECK(videoram_mib(vm, card) == 4);
    vm.videoram_mib = 32;
    CHECK(videoram_mib(vm, card) == 32);
  }
}

}  // namespace
}  // namespace xenlaunch::test
