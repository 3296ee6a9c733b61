#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "launcher/config/host_settings.h"
#include "launcher/config/vm_config.h"
#include "launcher/host/pci_function.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch::test {

constexpr std::uint64_t mib = 1 << 20;
constexpr std::uint64_t memory_32bit = 0x200;
constexpr std::uint64_t memory_64bit = 0x100200;

inline PciFunction function_at(PciAddress address, PciId id, std::uint32_t class_code) {
  PciFunction function;
  function.address = address;
  function.id = id;
  function.class_code = class_code;
  return function;
}

/// The integrated GPU of an Intel host, bound to i915.
inline PciFunction igd() {
  PciFunction gpu = function_at({0, 0, 2, 0}, {0x8086, 0x0412}, 0x030000);
  gpu.driver = "i915";
  gpu.irq = 16;
  gpu.has_rom_file = true;
  gpu.resources[0] = {.start = 0xf7800000, .size = 4 * mib, .flags = memory_64bit};
  gpu.resources[6] = {.start = 0xc0000, .size = 128 << 10, .flags = memory_32bit};
  return gpu;
}

/// A sound device beside it, bound to its driver.
inline PciFunction sound() {
  PciFunction function = function_at({0, 0, 3, 0}, {0x8086, 0x0c0c}, 0x040300);
  function.driver = "snd_hda_intel";
  return function;
}

/// A discrete card's graphics function (0) or audio function (1), without a driver.
inline PciFunction card(std::uint8_t function) {
  return function_at({0, 1, 0, function}, {0x10de, static_cast<std::uint16_t>(0x1b80 + function)},
                     function == 0 ? 0x030000 : 0x040300);
}

inline PciFunction bridge() {
  return function_at({0, 0, 0x1f, 0}, {0x8086, 0x8c44}, 0x060100);
}

inline HostPci host_with(std::vector<PciFunction> functions) {
  return {.functions = std::move(functions), .pciback_loaded = true};
}

/// The smallest VM, with `functions` passed.
inline VmConfig vm_with(const std::vector<PciFunction>& functions) {
  VmConfig vm;
  vm.name = "vm";
  vm.memory_mib = 256;
  for (const PciFunction& function : functions) vm.pci.push_back({.address = function.address});
  return vm;
}

inline HostSettings settings() {
  return {.integrated_vendors = {0x8086},
          .qemu = "/qemu",
          .qemu_traditional = "/qemu-dm",
          .hvmloader = "/hvmloader",
          .seabios = "/seabios"};
}

/// The plan of `vm` on a host that has `functions`.
inline LaunchPlan plan_of(const VmConfig& vm, const std::vector<PciFunction>& functions,
                          const StartMode& mode = {}) {
  return resolve(vm, host_with(functions), settings(), mode);
}

/// "CODE: MESSAGE" of the Error that `action` throws; empty where it throws none.
template <typename Action>
std::string error_of(Action&& action) {
  try {
    action();
  } catch (const Error& error) {
    std::string text = std::to_string(static_cast<int>(error.code));
    return text.append(": ").append(error.what());
  }
  return {};
}

}  // namespace xenlaunch::test
