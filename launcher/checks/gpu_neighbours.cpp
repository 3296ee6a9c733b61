#include "launcher/checks/gpu_neighbours.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace xenlaunch {
namespace {

constexpr std::uint32_t usb_class = 0x0c03;
constexpr std::uint32_t usb_c_class = 0x0c80;  // the UCSI function of a card with such a socket

/// Of a card, and of nothing else.
bool is_companion_kind(const PciFunction& function) {
  const std::uint32_t kind = function.class_code >> 8;
  return function.is_second_display || function.is_sound_device() || kind == usb_class ||
         kind == usb_c_class;
}

const PciFunction* bridge_to(const PciFunction& function, const HostPci& host) {
  const auto found = std::ranges::find_if(host.functions, [&function](const PciFunction& other) {
    return other.address.segment == function.address.segment &&
           other.secondary_bus == function.address.bus;
  });
  return found == host.functions.end() ? nullptr : &*found;
}

/// Whether `sound` is that of a card of Intel's (Arc): the card has a switch with the GPU behind
/// one port and the sound behind another, where other makers have them as functions of one device.
bool is_sound_behind_its_switch(const PciFunction& sound, const PciFunction& gpu,
                                const HostPci& host) {
  if (!sound.is_sound_device() || gpu.id.vendor != intel_vendor) return false;
  const PciFunction* port = bridge_to(gpu, host);
  const PciFunction* other = bridge_to(sound, host);
  return port != nullptr && other != nullptr && port->address.bus != 0 &&
         port->id.vendor == intel_vendor && port->address.same_bus(other->address);
}

/// The other functions on the GPU's bus.
std::vector<std::string> bus_neighbours(const PciFunction& gpu, const HostPci& host) {
  std::vector<std::string> all;
  for (const PciFunction& other : host.functions)
    if (other.address.same_bus(gpu.address) && other.address != gpu.address)
      all.push_back(other.address.to_string());
  return all;
}

/// What the function is, in a word or two.
std::string kind_of(const PciFunction& function) {
  if (function.is_second_display) return "second display";
  if (function.is_sound_device()) return "audio";
  switch (function.class_code >> 8) {
    case usb_class:
      return "USB";
    case usb_c_class:
      return "USB-C";
    default:
      return "class " + function.class_text();
  }
}

}  // namespace

/// `bus` among the methods says little: the kernel asks pci_parent_bus_reset (Linux
/// drivers/pci/pci.c) as it finds function 0, before the others, and refuses the reset itself once
/// anything else is on the bus.
std::optional<std::string> why_no_reset(const PciFunction& gpu, const HostPci& host) {
  if (gpu.reset_methods.empty()) return "the kernel knows no way to do so";
  const std::vector<std::string> neighbours = bus_neighbours(gpu, host);
  if (gpu.reset_methods != std::vector<std::string>{"bus"} || neighbours.empty())
    return std::nullopt;
  return fmt::format(
      "the only way is to reset its whole bus, with {} on it, which the kernel does not do",
      list_of(neighbours));
}

std::vector<PciFunction> companions(const PciFunction& gpu, const HostPci& host) {
  std::vector<PciFunction> all;
  for (const PciFunction& other : host.functions)
    if (other.address != gpu.address && other.id.vendor == gpu.id.vendor &&
        ((other.address.same_device(gpu.address) && is_companion_kind(other)) ||
         is_sound_behind_its_switch(other, gpu, host)))
      all.push_back(other);
  return all;
}

bool is_on_board(const PciFunction& gpu, const HostPci& host) {
  constexpr std::uint16_t amd = 0x1022;  // of its chipsets and processors; ATI's GPUs have 1002
  constexpr std::array<std::uint16_t, 2> of_servers{0x1a03, 0x102b};  // ASPEED, Matrox G200
  return gpu.address.bus == 0 || std::ranges::find(of_servers, gpu.id.vendor) != of_servers.end() ||
         std::ranges::any_of(host.functions, [&gpu](const PciFunction& other) {
           return other.address.same_device(gpu.address) && other.id.vendor == amd;
         });
}

std::string with_kind(const PciFunction& function) {
  return function.address.to_string() + " (" + kind_of(function) + ")";
}

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (std::size_t i = 0; i < items.size(); ++i) {
    if (i != 0) text += i + 1 == items.size() ? " and " : ", ";
    text += items[i];
  }
  return text;
}

}  // namespace xenlaunch
