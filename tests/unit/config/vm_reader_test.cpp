#include "launcher/config/vm_reader.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "tests/unit/config/vm_file_text.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (fs::temp_directory_path() / "xenlaunch-XXXXXX").string();
    REQUIRE(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  ~TemporaryDirectory() { fs::remove_all(path_); }
  fs::path operator/(const std::string& name) const { return path_ / name; }

 private:
  fs::path path_;
};

std::string problems_reading(const fs::path& path) {
  try {
    read_vm_file(path);
    return "";
  } catch (const Error& error) {
    return error.code == ExitCode::vm_file ? error.what() : "wrong exit code";
  }
}

const std::string all_keys = R"(name: Win_10.test-1
uuid: 5F0C8E1A-0000-4000-8000-00000000ABCD
memory: 4GiB
vcpus: 4
firmware: seabios
boot: [cdrom, network, disk]
kernel: /boot/vmlinuz
initrd: /boot/initrd.img
cmdline: "console=ttyS0 quiet"
platform: {vga: std, videoram: 16}
video_card: IGD_passthrough
pci:
  - "0000:00:02.0"
  - {address: "0001:65:1f.7", expect: "10de:1b80", permissive: true, rdm_policy: relaxed, reset: bus, romfile: /srv/igd.rom}
disks:
  - {image: /srv/win10.qcow2, format: qcow2, target: hda}
  - {image: "/srv/drivers, new.iso", type: cdrom, target: hdc}
  - {image: /dev/vg/data, target: xvdb, readonly: true, discard: false}
nics:
  - {bridge: xenbr0, mac: "00:16:3E:01:02:ff", model: e1000, script: /etc/xen/scripts/vif-own, ip: "10.0.0.2 fd00::2/64", rate: 100Mb/s@20ms, mtu: 9000, trusted: false, boot: true}
  - {bridge: ovs.7, model: none, boot: false}
vnc: {listen: "::1"}
serial: unix:/run/win10.sock
device_model:
  profile: traditional
  path: /usr/lib/xen/bin/qemu-dm
  extra_args: [-d, "a, b", 7]
  confined: false
  user: own
  restricted: false
  control_group: false
  limits: {memory: 1GiB, tasks: 300, cpu_weight: 50}
on_poweroff: restart
on_reboot: destroy
on_crash: restart
)";

VmConfig all_keys_config() {
  VmConfig config;
  config.name = "Win_10.test-1";
  config.uuid = "5f0c8e1a-0000-4000-8000-00000000abcd";
  config.memory_mib = 4096;
  config.vcpus = 4;
  config.firmware = Firmware::seabios;
  config.boot = {BootDevice::cdrom, BootDevice::network, BootDevice::disk};
  config.direct_boot = DirectBoot{
      .kernel = "/boot/vmlinuz", .initrd = "/boot/initrd.img", .cmdline = "console=ttyS0 quiet"};
  config.platform_vga = Vga::standard;
  config.videoram_mib = 16;
  config.video_card = VideoCard::igd_passthrough;
  config.pci = {{.address = {.device = 2}},
                {.address = {.segment = 1, .bus = 0x65, .device = 31, .function = 7},
                 .expect = PciId{.vendor = 0x10de, .device = 0x1b80},
                 .permissive = true,
                 .rdm_policy = RdmPolicy::relaxed,
                 .reset = "bus",
                 .romfile = "/srv/igd.rom"}};
  config.disks = {{.image = "/srv/win10.qcow2", .format = DiskFormat::qcow2, .target = "hda"},
                  {.image = "/srv/drivers, new.iso", .type = DiskType::cdrom, .target = "hdc"},
                  {.image = "/dev/vg/data", .target = "xvdb", .readonly = true, .discard = false}};
  config.nics = {{.bridge = "xenbr0",
                  .mac = MacAddress{{0x00, 0x16, 0x3e, 0x01, 0x02, 0xff}},
                  .model = NicModel::e1000,
                  .script = "/etc/xen/scripts/vif-own",
                  .ip = "10.0.0.2 fd00::2/64",
                  .rate = NicRate{.bytes = 250000, .interval_us = 20000},
                  .mtu = 9000,
                  .trusted = false},
                 {.bridge = "ovs.7", .model = NicModel::none, .boot = false}};
  config.vnc = VncConfig{.listen = "::1"};
  config.serial = {.kind = SerialConfig::Kind::unix_socket, .path = "/run/win10.sock"};
  config.device_model = {
      .profile = DeviceModelProfile::traditional,
      .path = "/usr/lib/xen/bin/qemu-dm",
      .extra_args = {"-d", "a, b", "7"},
      .confined = false,
      .user = QemuUser::own,
      .restricted = false,
      .control_group = false,
      .limits = ResourceLimits{.memory_mib = 1024, .tasks = 300, .cpu_weight = 50}};
  config.on_poweroff = OnEvent::restart;
  config.on_reboot = OnEvent::destroy;
  config.on_crash = OnEvent::restart;
  return config;
}

TEST_CASE("a VM file with every key is read whole") {
  REQUIRE(problems_of(all_keys) == "");
  CHECK((parse_vm_file(all_keys, "vm.yaml") == all_keys_config()));
}

TEST_CASE("a byte order mark, CRLF and document markers change nothing") {
  std::string text = "\xef\xbb\xbf---\r\n";
  for (const char c : all_keys) text += c == '\n' ? std::string{"\r\n"} : std::string{c};
  text += "...\r\n";
  REQUIRE(problems_of(text) == "");
  CHECK((parse_vm_file(text, "vm.yaml") == all_keys_config()));
}

TEST_CASE("name and memory are enough, the rest has its default") {
  VmConfig expected;
  expected.name = "a";
  expected.memory_mib = 512;
  CHECK((parse_vm_file("{name: a, memory: 512MiB}", "vm.yaml") == expected));
}

TEST_CASE("all problems of a file are reported at once, in the order of the file") {
  const std::string text = R"(name: Domain-0
uuid: 5f0c
memory: 4096
vcpu: 4
vcpus: 0
firmware: efi
boot: [disk, network, disk]
initrd: initrd.img
platform: {vga: qxl, videoram: 5}
video_card: igd_passthrough
pci:
  - "65:00"
  - "0000:01:00.0"
  - {address: "01:00.0", expect: 10de, permissive: yes, rdm: strict, rdm_policy: off}
  - {permissive: true}
disks:
  - {image: win.img, format: vhd, target: sdg}
  - {image: /a, format: qcow2, type: cdrom, target: hda}
  - {image: /b, target: hda}
  - {}
nics:
  - {bridge: /br, mac: 1, model: ne2k_pci, type: vif}
vnc: {listen: localhost}
serial: tcp:1
device_model: {profile: stubdom, path: qemu, extra_args: [~]}
on_poweroff: halt
on_reboot: reboot
vcpus: 4
)";
  CHECK(problems_of(text) ==
        R"(vm.yaml:1:7: name: 'Domain-0' is the host's own; expected another name
vm.yaml:2:7: uuid: '5f0c' is not a uuid; expected 8-4-4-4-12 hex digits
vm.yaml:3:9: memory: '4096' has no unit; expected a size such as 512MiB or 4GiB
vm.yaml:4:1: vcpu: is not a known key, did you mean 'vcpus'?; expected name, uuid, memory, vcpus, firmware, boot, kernel, initrd, cmdline, platform, video_card, pci, disks, nics, vnc, serial, device_model, on_poweroff, on_reboot, on_crash, restart_limit, clock, cpu, spice, sound, usb or tpm
vm.yaml:5:8: vcpus: '0' is out of range; expected an integer from 1 to 128
vm.yaml:6:11: firmware: unknown value 'efi'; expected seabios or ovmf
vm.yaml:7:23: boot[2]: disk is given twice, first at line 7; expected each device once
vm.yaml:8:9: initrd: 'initrd.img' is not an absolute path; expected an absolute path
vm.yaml:8:9: initrd: is of no use without kernel; expected kernel beside it
vm.yaml:9:17: platform.vga: unknown value 'qxl'; expected std, cirrus or none
vm.yaml:9:32: platform.videoram: 5 is not a power of two; expected 1, 2, 4, 8, 16, 32, 64, 128 or 256 (MiB)
vm.yaml:10:13: video_card: unknown value 'igd_passthrough'; expected IGD_passthrough, Standard_VGA, Cirrus or None
vm.yaml:12:5: pci[0]: '65:00' is not a PCI address; expected SSSS:BB:DD.F
vm.yaml:14:15: pci[2].address: 0000:01:00.0 is given twice, first at line 13; expected each function once
vm.yaml:14:34: pci[2].expect: '10de' is not a vendor and device id; expected VVVV:DDDD
vm.yaml:14:52: pci[2].permissive: 'yes' is not a boolean; expected true or false
vm.yaml:14:57: pci[2].rdm: is not a known key; expected address, select, expect, permissive, rdm_policy, functions, slot, reset, strict_reset, optional or romfile
vm.yaml:14:82: pci[2].rdm_policy: unknown value 'off'; expected strict or relaxed
vm.yaml:15:5: pci[3]: names no device; expected address or select
vm.yaml:17:13: disks[0].image: 'win.img' is not an absolute path; expected an absolute path
vm.yaml:17:30: disks[0].format: unknown value 'vhd'; expected raw or qcow2
vm.yaml:17:43: disks[0].target: there is no sdg: the AHCI controller has six ports; expected hda to hdd, sda to sdf, xvda to xvdz or nvme0 to nvme7
vm.yaml:18:25: disks[1].format: a cdrom cannot be qcow2; expected raw
vm.yaml:19:25: disks[2].target: hda is given twice, first at line 18; expected each target once
vm.yaml:20:5: disks[3].image: is missing; expected an absolute path
vm.yaml:20:5: disks[3].target: is missing; expected hda to hdd, sda to sdf, xvda to xvdz or nvme0 to nvme7
vm.yaml:22:14: nics[0].bridge: '/br' is not the name of a network interface; expected 1 to 15 letters, digits, '.', '_' or '-', starting with a letter, digit or '_'
vm.yaml:22:24: nics[0].mac: '1' is not a MAC address; expected a MAC address such as 00:16:3e:01:02:03
vm.yaml:22:34: nics[0].model: unknown value 'ne2k_pci'; expected rtl8139, e1000, e1000e, virtio or none
vm.yaml:22:44: nics[0].type: is not a known key; expected bridge, mac, model, script, ip, rate, mtu, trusted or boot
vm.yaml:23:15: vnc.listen: 'localhost' is not an IP address; expected an IPv4 or IPv6 address
vm.yaml:24:9: serial: unknown value 'tcp:1'; expected none, pty, file:PATH or unix:PATH
vm.yaml:25:25: device_model.profile: unknown value 'stubdom'; expected upstream or traditional
vm.yaml:25:40: device_model.path: 'qemu' is not an absolute path; expected an absolute path
vm.yaml:25:59: device_model.extra_args[0]: has no value; expected a string
vm.yaml:26:14: on_poweroff: unknown value 'halt'; expected destroy, restart or preserve
vm.yaml:27:12: on_reboot: unknown value 'reboot'; expected destroy, restart or preserve
vm.yaml:28:1: vcpus: is given twice, first at line 5; expected each key once)");
}

TEST_CASE("a file is read from disk, through a symlink too") {
  const TemporaryDirectory directory;
  std::ofstream{directory / "vm.yaml"} << all_keys;
  fs::create_symlink("vm.yaml", directory / "link.yaml");
  CHECK((read_vm_file(directory / "link.yaml") == all_keys_config()));
}

TEST_CASE("what is no readable file is refused with the reason, and a FIFO does not block") {
  const TemporaryDirectory directory;
  const fs::path fifo = directory / "fifo";
  REQUIRE(::mkfifo(fifo.c_str(), 0600) == 0);
  fs::create_symlink("loop", directory / "loop");
  const auto expected = [](const fs::path& path, const std::string& reason) {
    return "cannot read VM file " + path.string() + ": " + reason;
  };
  CHECK(problems_reading(directory / "none") ==
        expected(directory / "none", "No such file or directory"));
  CHECK(problems_reading(directory / "") == expected(directory / "", "Is a directory"));
  CHECK(problems_reading(fifo) == expected(fifo, "it is not a regular file"));
  CHECK(problems_reading("/dev/zero") == expected("/dev/zero", "it is not a regular file"));
  CHECK(problems_reading(directory / "loop") ==
        expected(directory / "loop", "Too many levels of symbolic links"));
  CHECK(problems_reading("") == "cannot read VM file : No such file or directory");
  CHECK(problems_reading(directory / "a\nb") ==
        expected(directory / "a\\nb", "No such file or directory"));
}

TEST_CASE("a file without read permission is refused") {
  if (::geteuid() == 0) return;  // root reads it all the same
  const TemporaryDirectory directory;
  const fs::path path = directory / "vm.yaml";
  std::ofstream{path} << all_keys;
  fs::permissions(path, fs::perms::none);
  CHECK(problems_reading(path) == "cannot read VM file " + path.string() + ": Permission denied");
}

TEST_CASE("a file over 1 MiB is refused by its size, without being read") {
  const TemporaryDirectory directory;
  const fs::path path = directory / "large.yaml";
  std::ofstream{path} << all_keys;
  fs::resize_file(path, 10'000'000);
  CHECK(problems_reading(path) == "cannot read VM file " + path.string() +
                                      ": it is 10000000 bytes large; expected at most 1 MiB");
  CHECK(problems_of(std::string(1048577, '#')) ==
        "vm.yaml:1:1: the text is 1048577 bytes large; expected at most 1 MiB");
  CHECK(problems_of(all_keys + std::string(1048576 - all_keys.size(), '#')) == "");
}

}  // namespace
}  // namespace xenlaunch::test
