#include "launcher/boot/early_pciback.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"
#include "launcher/boot/modprobe_conf.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

constexpr const char* softdep_file = "etc/modprobe.d/xenlaunch.conf";
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

constexpr std::string_view dracut_conf =
    "# Written by xenlaunch: loads xen-pciback in the initramfs, before the drivers of the devices "
    "it hides.\nforce_drivers+=\" xen-pciback \"\n";

/// A program that makes initramfs images, and how it is told to have the module loaded there.
struct InitramfsMaker {
  const char* file;
  std::string_view text;
  mode_t mode;
  /// Of all kernels: whoever boots another one expects the device to be hidden there too.
  std::vector<std::string> command;
};

const InitramfsMaker initramfs_tools{.file = "etc/initramfs-tools/hooks/xenlaunch",
                                     .text = hook,
                                     .mode = 0755,
                                     .command = {"update-initramfs", "-u", "-k", "all"}};
const InitramfsMaker dracut{.file = "etc/dracut.conf.d/xenlaunch.conf",
                            .text = dracut_conf,
                            .mode = 0644,
                            .command = {"dracut", "--force", "--regenerate-all"}};

/// Debian's dracut may bring an `update-initramfs` of its own, which knows nothing of hooks; the
/// hooks' functions are initramfs-tools' alone.
const InitramfsMaker& maker_of(const std::filesystem::path& root) {
  return is_present(root / "usr/bin/dracut") &&
                 !is_present(root / "usr/share/initramfs-tools/hook-functions")
             ? dracut
             : initramfs_tools;
}

/// A file as it is and as it is to be; nullopt: not there.
struct FileChange {
  std::filesystem::path path;
  mode_t mode;
  std::optional<std::string> before, after;
};

/// Module names, as modprobe prints them.
bool is_module_name(const std::string& name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                              "0123456789_-") == std::string::npos;
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
  const std::vector<std::string>& command = maker_of(root_).command;
  const ProgramResult result = programs_.run(command, time_to_rebuild);
  if (!result.succeeded())
    throw Error{ExitCode::host,
                "cannot update the initramfs: " + failure_text(command.front(), result)};
}

void EarlyPciback::arrange(const std::vector<PciAddress>& hidden, const std::string& release,
                           Progress& progress) {
  const bool is_wanted = !hidden.empty() && is_module(release);
  const InitramfsMaker& maker = maker_of(root_);
  std::vector<FileChange> changes;
  const auto add = [&](const char* file, mode_t mode, std::optional<std::string> after) {
    changes.push_back({root_ / file, mode, read_bytes(root_ / file), std::move(after)});
  };
  add(softdep_file, 0644,
      is_wanted ? std::optional{softdeps(hidden, release, progress)} : std::nullopt);
  // What another maker was told before this one came goes.
  for (const InitramfsMaker* one : {&initramfs_tools, &dracut})
    add(one->file, one->mode,
        is_wanted && one == &maker ? std::optional{std::string{one->text}} : std::nullopt);
  if (std::ranges::all_of(changes, [](const FileChange& c) { return c.before == c.after; }) &&
      !is_present(root_ / stale_mark))
    return;
  write_file(root_ / stale_mark, "");
  try {
    for (const FileChange& change : changes) restore_file(change.path, change.after, change.mode);
    update_initramfs(progress);
  } catch (const Error&) {
    // The mark stays: of several initramfs some may be new. What is more than before does no harm
    // without a hide; what is less than before, or new, goes: removing works on a full disk too.
    for (const FileChange& change : changes)
      if (!change.before) remove_file(change.path);
    throw;
  }
  remove_file(root_ / stale_mark);
}

}  // namespace xenlaunch
