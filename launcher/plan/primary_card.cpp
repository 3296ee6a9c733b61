#include "launcher/plan/primary_card.h"

#include <fmt/format.h>

#include <tuple>

#include "devicemodel/qemu_args.h"

namespace xenlaunch {

/// The emulated card's, wherever it is (case 0x0300 of tools/firmware/hvmloader/pci.c); else the
/// first in the order of SeaBIOS (vgarom_setup of src/optionroms.c) and hvmloader, which go by
/// slot and function.
std::optional<PrimaryCard> primary_card(const LaunchPlan& plan) {
  if (plan.vm.device_model.profile != DeviceModelProfile::upstream) return std::nullopt;
  if (plan.video.card == VideoCard::standard_vga || plan.video.card == VideoCard::cirrus)
    return PrimaryCard{.name = "the emulated " + to_string(plan.video.card),
                       .slot = emulated_card_slot};
  std::optional<PrimaryCard> first;
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const PciFunction& function = plan.devices[i].function;
    const PassthroughSpec& place = plan.device_model.passthrough[i];
    if (!function.is_vga_controller()) continue;
    if (first && std::tie(first->slot, first->function) < std::tie(place.slot, place.function))
      continue;
    first = PrimaryCard{.name = function.address.to_string(),
                        .slot = place.slot,
                        .function = place.function,
                        .host = function.address};
  }
  return first;
}

std::string to_string(const PrimaryCard& card) {
  return fmt::format("{} (guest {:02x}.{})", card.name, card.slot, card.function);
}

}  // namespace xenlaunch
