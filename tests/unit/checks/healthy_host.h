#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "launcher/checks/doctor.h"
#include "tests/unit/checks/boot_messages.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::Check> {
  static String convert(const xenlaunch::Check& check) {
    return text_of(to_string(check.status) + " " + check.name + ": " + check.text + " -> " +
                   check.remedy);
  }
};

}  // namespace doctest

namespace xenlaunch::test {

using Checks = std::vector<Check>;

/// An Intel host whose integrated GPU is the primary card and free, with a discrete card in dom0's
/// hands that can be passed as well.
inline DoctorFacts healthy() {
  DoctorFacts facts;
  facts.running_under_xen = true;
  facts.xen = XenFacts{.version = "4.17.5",
                       .hvm = true,
                       .iommu = true,
                       .command_line = "placeholder dom0_mem=4G",
                       .boot_messages = intel_messages()};
  facts.built_for_xen = "4.17";
  facts.processor = ProcessorVendor::intel;
  facts.has_dmar = true;
  facts.xenconsoled_runs = true;
  facts.qemu = {
      .path = "/qemu", .version = "7.2.15", .has_pci_passthrough = true, .has_igd_passthru = true};
  PciFunction integrated = igd();
  integrated.driver = "pciback";
  integrated.reset_methods = {"af_flr", "pm"};
  PciFunction discrete = card(0);
  discrete.driver = "nouveau";
  discrete.reset_methods = {"bus"};
  facts.devices.pci = host_with({integrated, sound(), bridge(), discrete});
  facts.devices.integrated_vendors = {0x8086};
  facts.devices.gpus = {{.function = integrated,
                         .integrated = true,
                         .is_system_display_device = true,
                         .vendor_is_listed = true,
                         .dom0_access = BootState::disabled,
                         .host_display = BootState::disabled},
                        {.function = discrete,
                         .dom0_access = BootState::enabled,
                         .host_display = BootState::disabled}};
  facts.gpu_names = {{integrated.address, "Intel HD 4600"}};
  facts.devices.reserved_regions = {{0x7b800000, 0x7fffffff, {{0, 0, 2, 0}}},
                                    {0x7a000000, 0x7a0fffff, {{0, 0, 0x14, 0}, {0, 0, 0x1a, 0}}}};
  facts.lockdown = "[none] integrity confidentiality";
  facts.secure_boot = false;
  return facts;
}

/// The checks of `facts` that a healthy host has not.
inline Checks unhealthy(const DoctorFacts& facts) {
  const Checks good = diagnose(healthy());
  Checks checks = diagnose(facts);
  std::erase_if(
      checks, [&good](const Check& check) { return std::ranges::find(good, check) != good.end(); });
  return checks;
}

inline std::vector<std::string> names(const Checks& checks) {
  std::vector<std::string> all;
  for (const Check& check : checks) all.push_back(check.name);
  return all;
}

inline Check problem(const std::string& name, const std::string& text, const std::string& remedy) {
  return {name, CheckStatus::problem, text, remedy};
}

inline Check warning(const std::string& name, const std::string& text, const std::string& remedy) {
  return {name, CheckStatus::warning, text, remedy};
}

inline Check ok(const std::string& name, const std::string& text) {
  return {name, CheckStatus::ok, text, ""};
}

}  // namespace xenlaunch::test
