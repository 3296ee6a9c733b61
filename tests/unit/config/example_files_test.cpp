#include <doctest/doctest.h>

#include <filesystem>
#include <optional>
#include <set>
#include <string>

#include "launcher/config/host_settings_reader.h"
#include "launcher/config/vm_reader.h"
#include "tests/fixtures/source_folder.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

const fs::path configs = testing::source_folder() / "configs";

VmConfig grub_cdrom(const std::string& name) {
  VmConfig config;
  config.name = name;
  config.memory_mib = 256;
  config.disks = {{.image = "/guests/grub.iso", .type = DiskType::cdrom, .target = "hda"}};
  return config;
}

TEST_CASE("configs/ has the YAML files tested here and no others") {
  std::set<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator{configs}) {
    if (entry.is_regular_file()) names.insert(entry.path().filename().string());
  }
  CHECK((names == std::set<std::string>{"desktop.yaml", "discrete-gpu.yaml", "host.yaml",
                                        "igd.yaml", "linux-direct-boot.yaml", "no-passthrough.yaml",
                                        "render-node.yaml", "two-functions.yaml"}));
}

TEST_CASE("configs/igd.yaml passes the integrated GPU") {
  VmConfig expected = grub_cdrom("igd");
  expected.platform_vga = Vga::cirrus;
  expected.pci = {{.address = {.device = 2}}};
  CHECK((read_vm_file(configs / "igd.yaml") == expected));
}

TEST_CASE("configs/discrete-gpu.yaml passes a card beside the emulated one") {
  VmConfig expected = grub_cdrom("discrete-gpu");
  expected.vcpus = 2;
  expected.platform_vga = Vga::standard;
  expected.videoram_mib = 16;
  expected.pci = {{.address = {.device = 6}}};
  expected.vnc = VncConfig{.listen = "127.0.0.1"};
  CHECK((read_vm_file(configs / "discrete-gpu.yaml") == expected));
}

TEST_CASE("configs/two-functions.yaml passes a card and its audio") {
  VmConfig expected = grub_cdrom("two-functions");
  expected.pci = {{.address = {.device = 10}}, {.address = {.device = 10, .function = 1}}};
  CHECK((read_vm_file(configs / "two-functions.yaml") == expected));
}

TEST_CASE("configs/linux-direct-boot.yaml boots a kernel without disks") {
  VmConfig expected;
  expected.name = "linux-direct-boot";
  expected.memory_mib = 512;
  expected.direct_boot = DirectBoot{
      .kernel = "/guests/vmlinuz", .initrd = "/guests/linux.img", .cmdline = "console=ttyS0"};
  expected.on_reboot = OnEvent::destroy;
  CHECK((read_vm_file(configs / "linux-direct-boot.yaml") == expected));
}

TEST_CASE("configs/no-passthrough.yaml has an emulated card on VNC") {
  VmConfig expected = grub_cdrom("no-passthrough");
  expected.platform_vga = Vga::standard;
  expected.videoram_mib = 16;
  expected.vnc = VncConfig{.listen = "127.0.0.1"};
  CHECK((read_vm_file(configs / "no-passthrough.yaml") == expected));
}

TEST_CASE("configs/desktop.yaml is a workstation with a graphics card") {
  VmConfig expected = grub_cdrom("desktop");
  expected.vcpus = 2;
  expected.uuid = "3f9c5d1e-7a2b-4c60-9d14-6e0b8a5f2c71";
  expected.platform_vga = Vga::standard;
  expected.videoram_mib = 16;
  expected.platform.viridian = default_viridian();
  expected.clock.base = ClockConfig::Base::localtime;
  expected.pci = {{.address = {.device = 6}, .all_functions = true, .slot = 7}};
  expected.disks.front().target = "hdc";
  expected.disks.insert(
      expected.disks.begin(),
      {.image = "/srv/desktop.qcow2", .format = DiskFormat::qcow2, .target = "hda"});
  expected.nics = {{.bridge = "xenbr0", .model = NicModel::e1000}};
  expected.usb.tablet = true;
  expected.sound = SoundCard::hda;
  expected.vnc = VncConfig{.listen = "127.0.0.1"};
  CHECK((read_vm_file(configs / "desktop.yaml") == expected));
}

TEST_CASE("configs/render-node.yaml chooses a graphics card and has no screen") {
  VmConfig expected = grub_cdrom("render-node");
  expected.vcpus = 2;
  expected.platform_vga = Vga::none;
  expected.pci = {
      {.all_functions = true, .select = PciSelect{.id = PciId{0x1002, 0x5046}, .gpu = true}}};
  expected.disks.front().target = "hdc";
  expected.disks.insert(expected.disks.begin(), {.image = "/srv/render-node.img", .target = "hda"});
  expected.nics = {{.bridge = "xenbr0", .model = NicModel::none}};
  expected.serial.kind = SerialConfig::Kind::pty;
  expected.on_crash = OnEvent::restart;
  CHECK((read_vm_file(configs / "render-node.yaml") == expected));
}

TEST_CASE("configs/host.yaml gives every host setting its default") {
  CHECK((read_host_settings(configs / "host.yaml") == HostSettings{}));
}

}  // namespace
}  // namespace xenlaunch::test
