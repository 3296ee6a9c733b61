#include "launcher/boot/early_pciback.h"

#include <fmt/format.h>

#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

constexpr const char* softdep_file = "etc/modprobe.d/xenlaunch.conf";
constexpr const char* hook_file = "etc/initramfs-tools/hooks/xenlaunch";
/// There while the two files and the initramfs may differ: a launcher killed then leaves it behind.
constexpr const char* stale_mark = "var/lib/xenlaunch/initramfs-is-stale";

constexpr std::string_view softdep_head =
    "# Written by xenlaunch: xen-pciback first, so that it can keep the hidden devices from these "
    "drivers.\n";

constexpr std::string_view hook = R"SH(#!/bin/sh
# Written by xenlaunch: loads xen-pciback in the initramfs, before the drivers of the devices it hides.
case ${1-} in prereqs) exit 0 ;; esac
. /usr/share/initramfs-tools/hook-functions
force_load xen-pciback
)SH";

/// Module names, as modprobe prints them.
bool is_module_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-") == std::string::npos;
}

/// Whether a list of the kernel's modules has "…/NAME.ko", '-' and '_' being the same.
bool lists_module(const std::string& list, const std::string& name) {
  const auto same_dashes = [](std::string text) {
    for (char& c : text)
      if (c == '-') c = '_';
    return text;
  };
  return same_dashes(list).find("/" + same_dashes(name) + ".ko") != std::string::npos;
}

}  // namespace

std::string EarlyPciback::modules(const char* list, const std::string& release) const {
  return read_text(root_ / "lib/modules" / release / list).value_or("");
}

bool EarlyPciback::is_module(const std::string& release) const {
  if (lists_module(modules("modules.builtin", release), "xen-pciback")) return false;
  if (lists_module(modules("modules.dep", release), "xen-pciback")) return true;
  throw Error{
      ExitCode::host,
      fmt::format(
          "the kernel '{0}' of the next boot has no xen-pciback, built in or as a module below "
          "/lib/modules/{0}; boot one that has",
          release)};
}

std::vector<std::string> EarlyPciback::drivers_of(const PciAddress& device,
                                                  const std::string& release, Progress& progress) {
  const std::optional<std::string> alias =
      read_attribute(root_ / "sys/bus/pci/devices" / device.to_string() / "modalias");
  if (!alias) return {};
  // Fails where no module is for the device: there is nothing to come before then.
  const ProgramResult answer =
      programs_.run({"modprobe", "--set-version", release, "--resolve-alias", *alias});
  if (answer.end != ProgramEnd::exited)
    throw Error{ExitCode::host, fmt::format("cannot find the drivers of {}: {}", device.to_string(),
                                            failure_text("modprobe", answer))};
  if (answer.status != 0) return {};
  const std::string builtins = modules("modules.builtin", release);
  std::vector<std::string> drivers;
  std::istringstream lines{answer.output};
  for (std::string driver; std::getline(lines, driver);) {
    if (!is_module_name(driver)) continue;
    if (lists_module(builtins, driver))
      progress.warning(
          fmt::format("{}: its driver {} is built into the kernel {} and takes it before "
                      "xen-pciback, a module, can; it will be "
                      "hidden only with a kernel where that driver is a module too",
                      device.to_string(), driver, release));
    else
      drivers.push_back(driver);
  }
  return drivers;
}

std::string EarlyPciback::softdeps(const std::vector<PciAddress>& hidden,
                                   const std::string& release, Progress& progress) {
  std::set<std::string> drivers;
  for (const PciAddress& device : hidden)
    for (const std::string& driver : drivers_of(device, release, progress)) drivers.insert(driver);
  std::string text{softdep_head};
  for (const std::string& driver : drivers) text += "softdep " + driver + " pre: xen-pciback\n";
  return text;
}

void EarlyPciback::update_initramfs(Progress& progress) {
  progress.step("updating the initramfs");
  // Of all kernels: whoever boots another one expects the device to be hidden there too.
  const ProgramResult result =
      programs_.run({"update-initramfs", "-u", "-k", "all"}, time_to_rebuild);
  if (!result.succeeded())
    throw Error{ExitCode::host,
                "cannot update the initramfs: " + failure_text("update-initramfs", result)};
}

void EarlyPciback::arrange(const std::vector<PciAddress>& hidden, const std::string& release,
                           Progress& progress) {
  std::optional<std::string> new_softdeps;
  std::optional<std::string> new_hook;
  if (!hidden.empty() && is_module(release)) {
    new_softdeps = softdeps(hidden, release, progress);
    new_hook = std::string{hook};
  }
  const std::optional<std::string> old_softdeps = read_bytes(root_ / softdep_file);
  const std::optional<std::string> old_hook = read_bytes(root_ / hook_file);
  if (new_softdeps == old_softdeps && new_hook == old_hook && !is_present(root_ / stale_mark))
    return;
  write_file(root_ / stale_mark, "");
  try {
    restore_file(root_ / softdep_file, new_softdeps);
    restore_file(root_ / hook_file, new_hook, 0755);
    update_initramfs(progress);
  } catch (const Error&) {
    // The mark stays: of several initramfs some may be new. What is more than before does no harm
    // without a hide; what is less than before, or new, goes: removing works on a full disk too.
    if (!old_softdeps) remove_file(root_ / softdep_file);
    if (!old_hook) remove_file(root_ / hook_file);
    throw;
  }
  remove_file(root_ / stale_mark);
}

}  // namespace xenlaunch
