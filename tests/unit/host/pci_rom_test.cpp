#include <doctest/doctest.h>

#include "base/error.h"
#include "launcher/host/pci_rom.h"
#include "launcher/host/sysfs_pci_binder.h"
#include "tests/unit/host/kernel_double.h"

namespace xenlaunch {
namespace {

using testing::binder_of;
using testing::KernelDouble;
using testing::TemporaryTree;
using Lines = std::vector<std::string>;

constexpr PciAddress gpu{.bus = 1};
const std::string config_path = KernelDouble::device("config");
const std::string rom_path = KernelDouble::device("rom");

/// The start of a config space whose command register is `command`.
std::string config(const std::string& command) {
  return std::string{"\x86\x80\x12\x04", 4} + command + "\x90" + '\0';
}

const std::string decode_off = config("\x04\x01");
const std::string decode_on = config("\x06\x01");

std::string unreadable(const std::string& reason) {
  return "cannot read the video BIOS of 0000:01:00.0: " + reason +
         "; a host that boots by UEFI alone keeps none: switch on the CSM (legacy option ROMs) in "
         "the firmware setup, or name a file with its video BIOS as `romfile` in the VM file";
}

TEST_CASE("the ROM is switched on with memory decode, and off again with it") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  REQUIRE(kernel.tree.read(config_path) == decode_off);
  binder.switch_rom_on(gpu);
  CHECK(kernel.tree.read(config_path) == decode_on);
  binder.switch_rom_off(gpu);
  CHECK(kernel.tree.read(config_path) == decode_off);
  CHECK(kernel.journal ==
        Lines{"devices/0000:01:00.0/rom 1 30", "devices/0000:01:00.0/rom 0\n 30"});
}

TEST_CASE("a view of the resources has all of them but the ROM") {
  const std::string none = "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
  const std::string bar = "0x00000000f0000000 0x00000000f0ffffff 0x0000000000042208\n";
  const std::string rom_line = "0x00000000000c0000 0x00000000000dffff 0x0000000000000212\n";
  KernelDouble kernel;
  const std::string resource = KernelDouble::device("resource");
  kernel.tree.write(resource, bar + none + bar + none + none + none + rom_line + bar);
  SysfsPciBinder binder = binder_of(kernel);
  const std::string copy = kernel.tree.path("run/view");
  CHECK(binder.hide_rom(gpu, copy) ==
        FileView{.shown = copy, .in_place_of = kernel.tree.path(resource)});
  CHECK(kernel.tree.read("run/view") == bar + none + bar + none + none + none + none + bar);
  CHECK(without_rom(bar + none) == bar + none);
  kernel.tree.remove(resource);
  CHECK_THROWS_WITH_AS(
      binder.hide_rom(gpu, copy),
      ("cannot read " + kernel.tree.path(resource) + ": there is no such file").c_str(), Error);
}

TEST_CASE("a view of the folder has a descriptor as the ROM, and all else but folders") {
  KernelDouble kernel;
  const TemporaryTree& tree = kernel.tree;
  const std::string folder = KernelDouble::device("");
  tree.remove(folder);
  for (const char* name : {"config", "rom", "power/control"}) tree.write(folder + name, "");
  tree.link(folder + "driver", "../drivers/pciback");
  SysfsPciBinder binder = binder_of(kernel);
  const std::filesystem::path scratch = tree.path("scratch");
  CHECK(binder.show_rom(gpu, 7, scratch) ==
        FolderView{
            .in_place_of = tree.root() / ("sys/bus/pci/devices/" + gpu.to_string()),
            .scratch = scratch,
            .files = {{.shown = tree.path(folder + "config"), .in_place_of = scratch / "config"}},
            .links = {{"../drivers/pciback", scratch / "driver"},
                      {"/proc/self/fd/7", scratch / "rom"}}});
  CHECK(std::filesystem::is_empty(scratch));
  CHECK(std::filesystem::status(scratch).permissions() == std::filesystem::perms::owner_all);
}

TEST_CASE("memory decode that was on before stays on") {
  KernelDouble kernel;
  kernel.tree.write(config_path, decode_on);
  SysfsPciBinder binder = binder_of(kernel);
  binder.switch_rom_on(gpu);
  binder.switch_rom_off(gpu);
  CHECK(kernel.tree.read(config_path) == decode_on);
}

TEST_CASE("a ROM without its signature is switched off again and refused with a remedy") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  kernel.tree.write(rom_path, "\xff\xff\xff");
  CHECK_THROWS_WITH_AS(
      binder.switch_rom_on(gpu),
      unreadable(kernel.tree.path(rom_path) + " begins with ff ff, not with 55 aa").c_str(), Error);
  kernel.tree.write(rom_path, "\x55");
  CHECK_THROWS_WITH_AS(binder.switch_rom_on(gpu),
                       unreadable(kernel.tree.path(rom_path) + " is empty").c_str(), Error);
  CHECK(kernel.tree.read(config_path) == decode_off);
  CHECK(kernel.journal == Lines{"devices/0000:01:00.0/rom 1 30", "devices/0000:01:00.0/rom 0\n 30",
                                "devices/0000:01:00.0/rom 1 30",
                                "devices/0000:01:00.0/rom 0\n 30"});
}

TEST_CASE("a refused write to the ROM leaves memory decode as it was") {
  KernelDouble kernel;
  kernel.fail_at = {1, 2};
  SysfsPciBinder binder = binder_of(kernel);
  const std::string rom = kernel.tree.path(rom_path);
  CHECK_THROWS_WITH_AS(
      binder.switch_rom_on(gpu),
      unreadable("writing '1' to " + rom +
                 " failed: Input/output error; then: cannot switch off the video BIOS of "
                 "0000:01:00.0: writing '0\\n' to " +
                 rom + " failed: Input/output error")
          .c_str(),
      Error);
  CHECK(kernel.tree.read(config_path) == decode_off);
}

TEST_CASE("a function without a ROM or with no config space to speak of is refused untouched") {
  KernelDouble kernel;
  SysfsPciBinder binder = binder_of(kernel);
  kernel.tree.write(config_path, "\x86\x80");
  CHECK_THROWS_WITH_AS(
      binder.switch_rom_on(gpu),
      ("cannot read " + kernel.tree.path(config_path) + ": it ends before the command register")
          .c_str(),
      Error);
  kernel.tree.remove(rom_path);
  CHECK_THROWS_WITH_AS(binder.switch_rom_on(gpu), unreadable("it has no expansion ROM").c_str(),
                       Error);
  CHECK(kernel.journal == Lines{});
}

}  // namespace
}  // namespace xenlaunch
