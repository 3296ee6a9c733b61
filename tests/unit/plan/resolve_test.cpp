#include "launcher/plan/resolve.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

/// "ACTION | UNDO" of every step.
std::vector<std::string> texts_of(const LaunchPlan& plan) {
  std::vector<std::string> texts;
  for (const Step& step : plan.steps) texts.push_back(step.action + " | " + step.undo.label);
  return texts;
}

const std::string start_of_qemu = "start QEMU and hold it | end QEMU if it is still held";
const std::string start_with_igd =
    "start QEMU and hold it, with no ROM among the GPU's resources | end QEMU if it is still held";
const std::string configuring = "give the domain its vCPUs, limits and event channels | ";
const std::string end_of_backend =
    "tell pciback of the guest | tell pciback that the guest is gone, and wait until it has reset "
    "the devices";

TEST_CASE("the steps for an integrated GPU switch its ROM on") {
  CHECK(texts_of(plan_of(vm_with({igd()}), {igd()})) ==
        std::vector<std::string>{
            "lock the name vm | unlock the name vm", "lock 0000:00:02.0 | unlock 0000:00:02.0",
            "bind 0000:00:02.0 to pciback | give 0000:00:02.0 back to i915",
            "note that 0000:00:02.0 is dom0's | let dom0 have 0000:00:02.0 again",
            "note the driver of 0000:00:02.0 | forget the driver of 0000:00:02.0",
            "switch the ROM of 0000:00:02.0 on | switch the ROM of 0000:00:02.0 off",
            "create the domain | destroy the domain", start_with_igd, configuring,
            "write the domain's xenstore nodes | remove the domain's xenstore nodes",
            "note that 0000:00:02.0 is the domain's | forget that 0000:00:02.0 is the domain's",
            "assign 0000:00:02.0 to the domain | take 0000:00:02.0 from the domain and reset it",
            end_of_backend, "let QEMU go on | end QEMU and wait until it is gone",
            "build the domain: memory, hvmloader, firmware | ",
            "introduce the domain to xenstored | ", "wait until QEMU is ready | ",
            "publish the serial port for xl console | ", "let the guest run | pause the guest"});
}

TEST_CASE("an integrated GPU with a ROM of the user's needs none of its own") {
  VmConfig vm = vm_with({igd(), sound()});
  vm.pci[0].romfile = "/srv/igd.rom";
  const LaunchPlan plan = plan_of(vm, {igd(), sound()});
  CHECK(plan.device_model.romfile == "/srv/igd.rom");
  std::vector<std::string> about_roms;
  for (const std::string& text : texts_of(plan))
    if (text.find("ROM") != std::string::npos) about_roms.push_back(text);
  CHECK(about_roms == std::vector<std::string>{
                          "start QEMU and hold it, with no ROM among the GPU's resources and "
                          "/srv/igd.rom as its ROM | end QEMU if it is still held"});
}

TEST_CASE("all devices are taken before there is a domain, and then all are assigned to it") {
  PciFunction prepared = card(1);
  prepared.driver = "pciback";
  VmConfig vm = vm_with({card(0), prepared});
  vm.serial.kind = SerialConfig::Kind::none;
  CHECK(texts_of(plan_of(vm, {card(0), prepared})) ==
        std::vector<std::string>{
            "lock the name vm | unlock the name vm",
            "lock 0000:01:00.0 | unlock 0000:01:00.0",
            "lock 0000:01:00.1 | unlock 0000:01:00.1",
            "bind 0000:01:00.0 to pciback | take 0000:01:00.0 from pciback",
            "note that 0000:01:00.0 is dom0's | let dom0 have 0000:01:00.0 again",
            "bind 0000:01:00.1 to pciback | leave 0000:01:00.1 with pciback",
            "create the domain | destroy the domain",
            start_of_qemu,
            configuring,
            "write the domain's xenstore nodes | remove the domain's xenstore nodes",
            "note that 0000:01:00.0 is the domain's | forget that 0000:01:00.0 is the domain's",
            "assign 0000:01:00.0 to the domain | take 0000:01:00.0 from the domain and reset it",
            "note that 0000:01:00.1 is the domain's | forget that 0000:01:00.1 is the domain's",
            "assign 0000:01:00.1 to the domain | take 0000:01:00.1 from the domain and reset it",
            end_of_backend,
            "let QEMU go on | end QEMU and wait until it is gone",
            "build the domain: memory, hvmloader, firmware | ",
            "introduce the domain to xenstored | ",
            "wait until QEMU is ready | ",
            "let the guest run | pause the guest"});
}

TEST_CASE("without devices nothing of the host is touched") {
  CHECK(texts_of(plan_of(vm_with({}), {})) ==
        std::vector<std::string>{
            "lock the name vm | unlock the name vm", "create the domain | destroy the domain",
            start_of_qemu, configuring,
            "write the domain's xenstore nodes | remove the domain's xenstore nodes",
            "let QEMU go on | end QEMU and wait until it is gone",
            "build the domain: memory, hvmloader, firmware | ",
            "introduce the domain to xenstored | ", "wait until QEMU is ready | ",
            "publish the serial port for xl console | ", "let the guest run | pause the guest"});
}

TEST_CASE("traditional QEMU learns of the devices when it is ready and needs no ROM switched on") {
  VmConfig vm = vm_with({igd()});
  vm.device_model.profile = DeviceModelProfile::traditional;
  CHECK(texts_of(plan_of(vm, {igd()})) ==
        std::vector<std::string>{
            "lock the name vm | unlock the name vm", "lock 0000:00:02.0 | unlock 0000:00:02.0",
            "bind 0000:00:02.0 to pciback | give 0000:00:02.0 back to i915",
            "note that 0000:00:02.0 is dom0's | let dom0 have 0000:00:02.0 again",
            "note the driver of 0000:00:02.0 | forget the driver of 0000:00:02.0",
            "create the domain | destroy the domain", configuring,
            "write the domain's xenstore nodes | remove the domain's xenstore nodes",
            "build the domain: memory, hvmloader, firmware | ",
            "note that 0000:00:02.0 is the domain's | forget that 0000:00:02.0 is the domain's",
            "assign 0000:00:02.0 to the domain | take 0000:00:02.0 from the domain and reset it",
            end_of_backend, "start QEMU | end QEMU and wait until it is gone",
            "introduce the domain to xenstored | ", "wait until QEMU is ready | ",
            "tell QEMU of 0000:00:02.0 through xenstore | ",
            "let the guest run | pause the guest"});
}

TEST_CASE("memory that a device may go without is settled before the device is assigned") {
  VmConfig vm = vm_with({igd(), card(0)});
  const auto kinds = [](const LaunchPlan& plan) {
    std::vector<StepKind> relevant;
    for (const Step& step : plan.steps)
      if (step.kind == StepKind::build_domain || step.kind == StepKind::assign_to_domain)
        relevant.push_back(step.kind);
    return relevant;
  };
  using enum StepKind;
  CHECK((kinds(plan_of(vm, {igd(), card(0)})) ==
         std::vector{assign_to_domain, assign_to_domain, build_domain}));
  vm.pci[1].rdm_policy = RdmPolicy::relaxed;
  CHECK((kinds(plan_of(vm, {igd(), card(0)})) ==
         std::vector{build_domain, assign_to_domain, assign_to_domain}));
}

TEST_CASE("a guest that is left paused has every step but the last, and the same undos") {
  std::vector<Step> expected = plan_of(vm_with({igd()}), {igd()}).steps;
  expected.back().kind = StepKind::leave_paused;
  expected.back().action = "leave the guest paused";
  CHECK(plan_of(vm_with({igd()}), {igd()}, {.leave_paused = true}).steps == expected);
}

TEST_CASE("only the ROM that QEMU reads, 0000:00:02.0's, is switched on") {
  PciFunction second = igd();
  second.address.function = 1;
  second.class_code = 0x038000;
  second.has_rom_file = false;
  std::vector<std::size_t> switched;
  for (const Step& step : plan_of(vm_with({second, igd()}), {igd(), second}).steps)
    if (step.kind == StepKind::switch_rom_on) switched.push_back(step.device.value());
  CHECK(switched == std::vector<std::size_t>{1});
}

TEST_CASE("a step of one device knows which") {
  const LaunchPlan plan = plan_of(vm_with({sound(), igd()}), {igd(), sound()});
  for (const Step& step : plan.steps) {
    CAPTURE(step.action);
    const bool names_igd = step.action.find("0000:00:02.0") != std::string::npos;
    const bool names_sound = step.action.find("0000:00:03.0") != std::string::npos;
    CHECK(step.device == (names_igd     ? std::optional<std::size_t>{1}
                          : names_sound ? std::optional<std::size_t>{0}
                                        : std::nullopt));
  }
}

TEST_CASE("equal VM files and equal hosts give equal plans") {
  const VmConfig vm = vm_with({igd(), sound()});
  CHECK((plan_of(vm, {igd(), sound()}) == plan_of(vm, {igd(), sound()})));
}

TEST_CASE("what Xen builds for an integrated GPU: all memory is RAM, and the GPU has its window") {
  VmConfig vm = vm_with({igd(), sound()});
  vm.pci[0].rdm_policy = RdmPolicy::relaxed;
  vm.vcpus = 3;
  const DomainSpec expected{
      .uuid = std::nullopt,
      .vcpus = 3,
      .memory_mib = 256,
      .videoram_mib = 0,
      .slack_kib = 1024 + 128,
      .mmio_hole_mib = 256,
      .hvmloader = "/hvmloader",
      .firmware = "/seabios",
      .devices = {{igd().address, igd().resources, 16, RdmPolicy::relaxed, true},
                  {sound().address, sound().resources, 0, RdmPolicy::strict, false}}};
  CHECK((plan_of(vm, {igd(), sound()}).domain == expected));
}

TEST_CASE("video memory is part of the guest's memory, so QEMU gets less RAM") {
  VmConfig vm = vm_with({});
  vm.platform_vga = Vga::standard;
  vm.videoram_mib = 64;
  const LaunchPlan plan = plan_of(vm, {});
  CHECK(plan.domain.memory_mib == 256);
  CHECK(plan.domain.videoram_mib == 64);
  CHECK(plan.device_model.ram_mib == 192);
  CHECK(plan.device_model.videoram_mib == 64);
}

TEST_CASE("the VM file's device model wins over the profile's") {
  VmConfig vm = vm_with({});
  CHECK(plan_of(vm, {}).device_model.path == "/qemu");
  vm.device_model.profile = DeviceModelProfile::traditional;
  CHECK(plan_of(vm, {}).device_model.path == "/qemu-dm");
  vm.device_model.path = "/opt/qemu";
  CHECK(plan_of(vm, {}).device_model.path == "/opt/qemu");
}

TEST_CASE("a device that is not there is refused with the graphics cards that are") {
  const VmConfig vm = vm_with({card(1)});
  CHECK(error_of([&] {
          plan_of(vm, {igd(), bridge(), sound()});
        }) ==
        "4: cannot pass 0000:01:00.1: there is no such device; this host's graphics cards are "
        "0000:00:02.0 (8086:0412)");
  CHECK(error_of([&] { plan_of(vm, {sound()}); }) ==
        "4: cannot pass 0000:01:00.1: there is no such device; this host has no graphics card");
  CHECK(error_of([&] { plan_of(vm, {}); }) ==
        "4: cannot pass 0000:01:00.1: there is no such device; this host has no PCI devices at "
        "all");
}

TEST_CASE("everything wrong with the devices is said at once") {
  VmConfig vm = vm_with({bridge(), igd(), sound(), card(0)});
  vm.pci[1].expect = PciId{0x10de, 0x1b80};
  vm.pci[2].expect = sound().id;
  CHECK(error_of([&] {
          plan_of(vm, {igd(), sound(), bridge()});
        }) ==
        "4: cannot pass 0000:00:1f.0: it is a bridge (class 060100), which no guest can be given\n"
        "cannot pass 0000:00:02.0: it is 8086:0412, but the VM file expects 10de:1b80; did the bus "
        "numbers move? `xenlaunch pci list` shows where it is now\n"
        "cannot pass 0000:01:00.0: there is no such device; this host's graphics cards are "
        "0000:00:02.0 (8086:0412)");
}

TEST_CASE("video memory that leaves the guest none is refused") {
  VmConfig vm = vm_with({});
  vm.memory_mib = 79;
  vm.platform_vga = Vga::standard;
  vm.videoram_mib = 64;
  CHECK(error_of([&] { plan_of(vm, {}); }) ==
        "3: cannot give the guest 79 MiB: its video card alone takes 64 MiB of that; raise memory");
  vm.memory_mib = 80;
  CHECK(plan_of(vm, {}).device_model.ram_mib == 16);
}

TEST_CASE("the guest goes without an optional device that is missing or another one") {
  VmConfig vm = vm_with({igd(), card(0), card(1)});
  vm.pci[1].optional = true;
  vm.pci[2].optional = true;
  vm.pci[2].expect = PciId{0x1002, 0x67df};
  const LaunchPlan plan = plan_of(vm, {igd(), card(1)});
  CHECK((plan.vm.pci == vm_with({igd()}).pci));
  CHECK(functions_of(plan.devices) == std::vector{igd()});
  REQUIRE(plan.left_out.size() == 2);
  CHECK(as_warning(plan.left_out[0]) ==
        "0000:01:00.0: there is no such device; this host's graphics cards are 0000:00:02.0 "
        "(8086:0412)");
  CHECK(plan.left_out[1].code == FindingCode::device_changed);
  CHECK(!blocks(plan.left_out[1]));
}

TEST_CASE("a running guest is taken over whatever was unplugged from it") {
  VmConfig vm = vm_with({});
  vm.usb.devices = {{.id = PciId{1, 2}}};
  const LaunchPlan plan = plan_of(vm, {}, {.take_over = true});
  REQUIRE(plan.left_out.size() == 1);
  CHECK(plan.left_out[0].code == FindingCode::usb_device_missing);
  CHECK(!blocks(plan.left_out[0]));
}

}  // namespace
}  // namespace xenlaunch::test
