// What the binder does with a function's expansion ROM.
#include <fmt/format.h>

#include "base/error.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/pci_rom.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/sysfs_pci_binder.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr const char* no_rom_remedy =
    "a host that boots by UEFI alone keeps none: switch on the CSM (legacy option ROMs) in the "
    "firmware setup, or name a file with its video BIOS as `romfile` in the VM file";

}  // namespace

void SysfsPciBinder::switch_rom_on(const PciAddress& device) {
  const auto unreadable = [&](const std::string& reason) {
    throw Error{ExitCode::host, fmt::format("cannot read the video BIOS of {}: {}; {}",
                                            device.to_string(), reason, no_rom_remedy)};
  };
  const fs::path rom = device_path(device) / "rom";
  if (!is_present(rom)) unreadable("it has no expansion ROM");
  if (enable_memory_decode(device_path(device) / "config")) decode_enabled_.insert(device);
  std::optional<std::string> problem;
  if (const auto failure = write(rom, "1", release_deadline)) problem = failure->reason;
  if (!problem) problem = rom_problem(rom);
  if (!problem) return;
  try {
    switch_rom_off(device);
  } catch (const Error& error) {
    *problem += fmt::format("; then: {}", error.what());
  }
  unreadable(*problem);
}

void SysfsPciBinder::switch_rom_off(const PciAddress& device) {
  // Linux takes a '0' and exactly one byte after it for off, anything else for on (pci_write_rom).
  const std::optional<WriteFailure> failure =
      write(device_path(device) / "rom", "0\n", release_deadline);
  if (decode_enabled_.erase(device) != 0) disable_memory_decode(device_path(device) / "config");
  if (failure)
    throw Error{ExitCode::host, fmt::format("cannot switch off the video BIOS of {}: {}",
                                            device.to_string(), failure->reason)};
}

FileView SysfsPciBinder::hide_rom(const PciAddress& device, const fs::path& copy) {
  const fs::path resource = device_path(device) / "resource";
  const std::optional<std::string> text = read_bytes(resource);
  if (!text)
    throw Error{ExitCode::host,
                fmt::format("cannot read {}: there is no such file", resource.string())};
  write_file(copy, without_rom(*text), 0600);
  return {.shown = copy, .in_place_of = resource};
}

FolderView SysfsPciBinder::show_rom(const PciAddress& device, int rom, const fs::path& scratch) {
  const fs::path folder = device_path(device);
  std::error_code error;
  fs::create_directory(scratch, error);
  if (error) throw_errno(ExitCode::host, error.value(), "make " + scratch.string());
  fs::permissions(scratch, fs::perms::owner_all);
  FolderView view{.in_place_of = folder, .scratch = scratch};
  for (const std::string& name : names_in(folder)) {
    if (name == "rom") continue;
    const fs::path original = folder / name;
    const fs::file_status status = fs::symlink_status(original, error);
    if (fs::is_symlink(status))
      view.links.push_back({fs::read_symlink(original), scratch / name});
    else if (fs::is_regular_file(status))
      view.files.push_back({.shown = original, .in_place_of = scratch / name});
  }
  view.links.push_back({fmt::format("/proc/self/fd/{}", rom), scratch / "rom"});
  return view;
}

}  // namespace xenlaunch
