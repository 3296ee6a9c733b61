#pragma once

#include <optional>
#include <string>

#include "base/pci_address.h"
#include "launcher/plan/launch_plan.h"

namespace xenlaunch {

/// The graphics card that the guest's firmware starts: whose video BIOS it runs, and on whose
/// screen it and a boot loader are seen.
struct PrimaryCard {
  std::string name;     ///< "the emulated Cirrus", "0000:65:00.0"
  std::uint8_t slot{};  ///< of the guest's bus 0
  std::uint8_t function{};
  std::optional<PciAddress> host{};  ///< of a passed one
  friend bool operator==(const PrimaryCard&, const PrimaryCard&) = default;
};

/// nullopt where the guest has none that is a VGA controller, and with the traditional QEMU, which
/// places devices by itself.
std::optional<PrimaryCard> primary_card(const LaunchPlan& plan);

/// "0000:65:00.0 (guest 06.0)"
std::string to_string(const PrimaryCard& card);

}  // namespace xenlaunch
