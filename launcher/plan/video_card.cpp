#include "launcher/plan/video_card.h"

#include <algorithm>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr unsigned default_videoram_mib = 4;

std::string but_what_is_passed(const std::vector<PciFunction>& passed) {
  std::string list;
  for (const PciFunction& function : passed) {
    list += list.empty() ? ", but " : ", ";
    list += function.address.to_string() + " (" + function.id.to_string() + ", class " +
            function.class_text() + ")";
  }
  return list;
}

ResolvedVideo explicit_card(VideoCard card, const PciFunction* integrated,
                            const std::vector<PciFunction>& passed) {
  if (card == VideoCard::igd_passthrough && integrated == nullptr)
    throw Error{
        ExitCode::vm_file,
        "cannot use video_card IGD_passthrough: no integrated GPU is passed" +
            but_what_is_passed(passed) +
            "; list the integrated GPU (a display controller on bus 0 from Intel) under pci"};
  if (card != VideoCard::igd_passthrough && integrated != nullptr)
    throw Error{ExitCode::vm_file,
                "cannot use video_card " + to_string(card) + ": the integrated GPU " +
                    integrated->address.to_string() +
                    " is passed, which QEMU does only as IGD_passthrough; remove video_card, or "
                    "the device"};
  return {card, "video_card says so"};
}

}  // namespace

std::string to_string(VideoCard card) {
  switch (card) {
    case VideoCard::igd_passthrough:
      return "IGD_passthrough";
    case VideoCard::standard_vga:
      return "Standard_VGA";
    case VideoCard::cirrus:
      return "Cirrus";
    case VideoCard::none:
      return "None";
  }
  return {};
}

ResolvedVideo resolve_video_card(const VmConfig& vm, const std::vector<PciFunction>& passed,
                                 const std::vector<std::uint16_t>& integrated_vendors) {
  const auto found = std::find_if(passed.begin(), passed.end(), [&](const PciFunction& function) {
    return is_integrated_gpu(function, integrated_vendors);
  });
  const PciFunction* integrated = found == passed.end() ? nullptr : &*found;
  if (vm.video_card) return explicit_card(*vm.video_card, integrated, passed);
  if (integrated != nullptr)
    return {VideoCard::igd_passthrough, integrated->address.to_string() + " is an integrated GPU"};
  if (!vm.platform_vga) return {VideoCard::cirrus, "neither video_card nor platform.vga is given"};
  switch (*vm.platform_vga) {
    case Vga::standard:
      return {VideoCard::standard_vga, "platform.vga is std"};
    case Vga::cirrus:
      return {VideoCard::cirrus, "platform.vga is cirrus"};
    case Vga::none:
      break;
  }
  return {VideoCard::none, "platform.vga is none"};
}

unsigned videoram_mib(const VmConfig& vm, VideoCard card) {
  const unsigned wanted = vm.videoram_mib.value_or(default_videoram_mib);
  if (vm.device_model.profile == DeviceModelProfile::traditional) return wanted;
  switch (card) {
    case VideoCard::standard_vga:
      return std::max(wanted, 16U);
    case VideoCard::cirrus:
      return std::max(wanted, 8U);
    case VideoCard::igd_passthrough:
    case VideoCard::none:
      break;
  }
  return 0;
}

}  // namespace xenlaunch
