#include "devicemodel/qemu_args.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Argv = std::vector<std::string>;

DeviceModelSpec upstream() {
  DeviceModelSpec spec;
  spec.path = "/qemu";
  spec.guest_name = "vm";
  spec.ram_mib = 248;
  spec.video_card = VideoCard::none;
  spec.videoram_mib = 8;
  spec.mmio_hole_mib = 256;
  spec.boot = {BootDevice::disk, BootDevice::cdrom};
  spec.serial.kind = SerialConfig::Kind::none;
  return spec;
}

/// The command line of upstream(), with `before_boot` and `at_end` added to it.
Argv upstream_with(const Argv& before_boot, const Argv& at_end,
                   const std::string& machine = "xenfv,suppress-vmdesc=on") {
  Argv argv{"/qemu",       "-xen-domid",
            "7",           "-no-shutdown",
            "-qmp",        "unix:/var/run/xen/qmp-libxl-7,server=on,wait=off",
            "-qmp",        "unix:/var/run/xen/qmp-xenlaunch-7,server=on,wait=off",
            "-nodefaults", "-no-user-config",
            "-name",       "guest=vm",
            "-vnc",        "none",
            "-display",    "none"};
  argv.insert(argv.end(), before_boot.begin(), before_boot.end());
  for (const std::string word : {"-boot", "order=cd", "-net", "none", "-machine"})
    argv.push_back(word);
  for (const std::string& word : {machine, std::string{"-m"}, std::string{"248M"}})
    argv.push_back(word);
  argv.insert(argv.end(), at_end.begin(), at_end.end());
  return argv;
}

/// What follows the first `option`; empty where it is not there.
std::string value_of(const Argv& argv, const std::string& option) {
  const auto found = std::find(argv.begin(), argv.end(), option);
  return found == argv.end() ? "" : *(found + 1);
}

TEST_CASE("upstream, None: no emulated card at all") {
  CHECK(device_model_argv(upstream(), "7") == upstream_with({}, {}));
}

TEST_CASE("upstream, Standard_VGA and Cirrus: the card with its video memory, in its own slot") {
  DeviceModelSpec spec = upstream();
  spec.video_card = VideoCard::standard_vga;
  spec.videoram_mib = 16;
  CHECK(device_model_argv(spec, "7") ==
        upstream_with({"-device", "VGA,vgamem_mb=16,addr=04.0"}, {}));
  spec.video_card = VideoCard::cirrus;
  spec.videoram_mib = 8;
  CHECK(device_model_argv(spec, "7") ==
        upstream_with({"-device", "cirrus-vga,vgamem_mb=8,addr=04.0"}, {}));
}

TEST_CASE("upstream, IGD_passthrough: the machine is told, the GPU is the only card, in slot 02") {
  DeviceModelSpec spec = upstream();
  spec.video_card = VideoCard::igd_passthrough;
  spec.passthrough = {{.host = {0, 0, 2, 0}, .slot = 2}};
  CHECK(device_model_argv(spec, "7") ==
        upstream_with(
            {},
            {"-device", "xen-pci-passthrough,id=pci-pt-00_02.0,hostaddr=0000:00:02.0,addr=02.0"},
            "xenfv,suppress-vmdesc=on,igd-passthru=on"));
}

TEST_CASE("passed devices keep the file's order, their functions and their options") {
  DeviceModelSpec spec = upstream();
  spec.passthrough = {{.host = {0, 1, 0, 0}, .slot = 6, .multifunction = true},
                      {.host = {0, 1, 0, 1}, .slot = 6, .function = 1, .permissive = true},
                      {.host = {0xabcd, 1, 0, 0}, .slot = 0x1e}};
  CHECK(device_model_argv(spec, "7") ==
        upstream_with({}, {"-device",
                           "xen-pci-passthrough,id=pci-pt-01_00.0,hostaddr=0000:01:00.0,addr=06.0,"
                           "multifunction=on",
                           "-device",
                           "xen-pci-passthrough,id=pci-pt-01_00.1,hostaddr=0000:01:00.1,addr=06.1,"
                           "permissive=on",
                           "-device",
                           "xen-pci-passthrough,id=pci-pt-01_00.0_abcd,hostaddr=abcd:01:00.0,"
                           "addr=1e.0"}));
}

TEST_CASE("disks have the place that their target names") {
  DeviceModelSpec spec = upstream();
  spec.disks = {{.image = "/a", .target = "hda"},
                {.image = "/b", .format = DiskFormat::qcow2, .target = "hdb", .discard = false},
                {.image = "/c.iso", .type = DiskType::cdrom, .target = "hdc"},
                {.image = "/dev/vg/d", .target = "hdd"}};
  CHECK(device_model_argv(spec, "7") ==
        upstream_with(
            {}, {"-drive", "if=none,id=drive-hda,format=raw,cache=writeback,discard=unmap,file=/a",
                 "-device", "ide-hd,id=hda,drive=drive-hda,bus=ide.0,unit=0", "-drive",
                 "if=none,id=drive-hdb,format=qcow2,cache=writeback,file=/b", "-device",
                 "ide-hd,id=hdb,drive=drive-hdb,bus=ide.0,unit=1", "-drive",
                 "if=none,id=drive-hdc,format=raw,readonly=on,file=/c.iso", "-device",
                 "ide-cd,id=hdc,drive=drive-hdc,bus=ide.1,unit=0", "-drive",
                 "if=none,id=drive-hdd,format=raw,cache=writeback,discard=unmap,file=/dev/vg/d",
                 "-device", "ide-hd,id=hdd,drive=drive-hdd,bus=ide.1,unit=1"}));
}

TEST_CASE("one AHCI controller has all sd disks, an NVMe disk is one itself, xvd is QEMU's not") {
  DeviceModelSpec spec = upstream();
  spec.disks = {{.image = "/x", .target = "xvda"},
                {.image = "/b", .target = "sdb"},
                {.type = DiskType::cdrom, .target = "sdf"},
                {.image = "/n", .target = "nvme0"},
                {.image = "/m", .target = "nvme7", .readonly = true}};
  CHECK(
      device_model_argv(spec, "7") ==
      upstream_with({}, {"-device", "ich9-ahci,id=ahci0,addr=1d", "-drive",
                         "if=none,id=drive-sdb,format=raw,cache=writeback,discard=unmap,file=/b",
                         "-device", "ide-hd,id=sdb,drive=drive-sdb,bus=ahci0.1", "-drive",
                         "if=none,id=drive-sdf,readonly=on", "-device",
                         "ide-cd,id=sdf,drive=drive-sdf,bus=ahci0.5", "-drive",
                         "if=none,id=drive-nvme0,format=raw,cache=writeback,discard=unmap,file=/n",
                         "-device", "nvme,id=nvme0,drive=drive-nvme0,serial=nvme0,addr=14",
                         "-drive", "if=none,id=drive-nvme7,format=raw,readonly=on,file=/m",
                         "-device", "nvme,id=nvme7,drive=drive-nvme7,serial=nvme7,addr=0d"}));
}

TEST_CASE("a path or name with commas stays one value, whatever options it imitates") {
  DeviceModelSpec spec = upstream();
  spec.guest_name = "a,debug-threads=on";
  spec.disks = {{.image = "/a,readonly=off,,b", .target = "hda"}};
  spec.serial = {.kind = SerialConfig::Kind::file, .path = "/log,append=on"};
  const Argv argv = device_model_argv(spec, "7");
  CHECK(value_of(argv, "-name") == "guest=a,,debug-threads=on");
  CHECK(value_of(argv, "-drive") ==
        "if=none,id=drive-hda,format=raw,cache=writeback,discard=unmap,file=/a,,readonly=off,,,,b");
  CHECK(std::count(argv.begin(), argv.end(), "file,id=serial0,append=on,path=/log,,append=on") ==
        1);
  CHECK(qemu_value(",") == ",,");
  CHECK(qemu_value("").empty());
}

TEST_CASE("a name that looks like an option stays a value") {
  DeviceModelSpec spec = upstream();
  spec.guest_name = "-S";
  CHECK(value_of(device_model_argv(spec, "7"), "-name") == "guest=-S");
  spec.profile = DeviceModelProfile::traditional;
  CHECK(value_of(device_model_argv(spec, "7"), "-domain-name") == "-S");
}

TEST_CASE("a kernel's command line is one word, however hostile") {
  DeviceModelSpec spec = upstream();
  const std::string cmdline = "console=ttyS0 -S,'; \" $(reboot) --\n-monitor stdio";
  spec.direct_boot = DirectBoot{.kernel = "/vmlinuz", .initrd = "/initrd", .cmdline = cmdline};
  CHECK(device_model_argv(spec, "7") ==
        upstream_with({"-kernel", "/vmlinuz", "-initrd", "/initrd", "-append", cmdline}, {}));
  spec.direct_boot = DirectBoot{.kernel = "/vmlinuz"};
  CHECK(device_model_argv(spec, "7") == upstream_with({"-kernel", "/vmlinuz"}, {}));
}

TEST_CASE("the serial port is a pty, a file or a socket") {
  const auto serial = [](const std::string& chardev) {
    return upstream_with({"-chardev", chardev, "-serial", "chardev:serial0"}, {});
  };
  DeviceModelSpec spec = upstream();
  spec.serial = {.kind = SerialConfig::Kind::pty};
  CHECK(device_model_argv(spec, "7") == serial("pty,id=serial0"));
  spec.serial = {.kind = SerialConfig::Kind::file, .path = "/log"};
  CHECK(device_model_argv(spec, "7") == serial("file,id=serial0,append=on,path=/log"));
  spec.serial = {.kind = SerialConfig::Kind::unix_socket, .path = "/s,server=off"};
  CHECK(device_model_argv(spec, "7") ==
        serial("socket,id=serial0,server=on,wait=off,path=/s,,server=off"));
}

TEST_CASE("each network card is on a tap device that a script connects, in a slot of its own") {
  const MacAddress mac{{0x00, 0x16, 0x3e, 0x0a, 0x00, 0xff}};
  DeviceModelSpec spec = upstream();
  spec.nics = {{.index = 0, .model = NicModel::rtl8139, .mac = mac, .bridge = "br0", .slot = 0x1c},
               {.index = 2,
                .model = NicModel::virtio,
                .mac = mac,
                .bridge = "a,b",
                .slot = 0x1a,
                .has_boot_rom = false}};
  CHECK(
      device_model_argv(spec, "7") ==
      upstream_with(
          {}, {"-netdev", "tap,id=net0,ifname=vif7.0-emu,br=br0,script=no,downscript=no", "-device",
               "rtl8139,id=nic0,netdev=net0,mac=00:16:3e:0a:00:ff,addr=1c.0", "-netdev",
               "tap,id=net2,ifname=vif7.2-emu,br=a,,b,script=no,downscript=no", "-device",
               "virtio-net-pci,id=nic2,netdev=net2,mac=00:16:3e:0a:00:ff,addr=1a.0,romfile="}));
  spec.handed_taps = true;
  CHECK(device_model_argv(spec, "7") ==
        upstream_with(
            {}, {"-netdev", "tap,id=net0,fd=768", "-device",
                 "rtl8139,id=nic0,netdev=net0,mac=00:16:3e:0a:00:ff,addr=1c.0", "-netdev",
                 "tap,id=net2,fd=770", "-device",
                 "virtio-net-pci,id=nic2,netdev=net2,mac=00:16:3e:0a:00:ff,addr=1a.0,romfile="}));
  spec.handed_taps = false;
  spec.nics = {{.model = NicModel::e1000, .slot = 0x1c}};
  CHECK(value_of(device_model_argv(spec, "DOMID"), "-device").starts_with("e1000,"));
  CHECK(value_of(device_model_argv(spec, "DOMID"), "-netdev")
            .starts_with("tap,id=net0,ifname=vifDOMID.0-emu,"));
  spec.nics = {{.model = NicModel::e1000e, .slot = 0x1c}};
  CHECK(value_of(device_model_argv(spec, "7"), "-device").starts_with("e1000e,"));
}

TEST_CASE("VNC listens on the address given, an IPv6 one in brackets") {
  DeviceModelSpec spec = upstream();
  spec.vnc = VncConfig{.listen = "127.0.0.1"};
  CHECK(value_of(device_model_argv(spec, "7"), "-vnc") == "127.0.0.1:0,to=99");
  spec.vnc = VncConfig{.listen = "::1"};
  CHECK(value_of(device_model_argv(spec, "7"), "-vnc") == "[::1]:0,to=99");
}

TEST_CASE("vCPUs, boot order, hole and extra arguments") {
  DeviceModelSpec spec = upstream();
  spec.vcpus = 4;
  spec.boot = {BootDevice::network, BootDevice::cdrom, BootDevice::disk};
  spec.mmio_hole_mib = 1024;
  spec.passthrough = {{.host = {0, 1, 0, 0}, .slot = 6}};
  spec.extra_args = {"-trace", "a b", ""};
  const Argv argv = device_model_argv(spec, "7");
  CHECK(value_of(argv, "-smp") == "4,maxcpus=4");
  CHECK(value_of(argv, "-boot") == "order=ndc");
  CHECK(value_of(argv, "-machine") == "xenfv,suppress-vmdesc=on,max-ram-below-4g=3221225472");
  CHECK(Argv{argv.end() - 3, argv.end()} == spec.extra_args);
  CHECK(value_of(device_model_argv(upstream(), "7"), "-smp").empty());
}

TEST_CASE("a QEMU that becomes another user is told which, in the words that it knows") {
  DeviceModelSpec spec = upstream();
  spec.extra_args = {"-x"};
  spec.users = QemuUsers{.first = 2100000000, .option = UserOption::runas};
  CHECK(device_model_argv(spec, "7") ==
        upstream_with({}, {"-chroot", "/var/run/xen/root-xenlaunch-7", "-runas",
                           "2100000007:2100000007", "-x"}));
  spec.users->option = UserOption::run_with;
  CHECK(value_of(device_model_argv(spec, "7"), "-run-with") ==
        "chroot=/var/run/xen/root-xenlaunch-7,user=2100000007:2100000007");
  CHECK(value_of(device_model_argv(spec, "DOMID"), "-run-with") ==
        "chroot=/var/run/xen/root-xenlaunch-DOMID,user=UID:UID");
}

DeviceModelSpec traditional(VideoCard card) {
  DeviceModelSpec spec = upstream();
  spec.profile = DeviceModelProfile::traditional;
  spec.path = "/qemu-dm";
  spec.video_card = card;
  spec.videoram_mib = 4;
  spec.ram_mib = 252;
  return spec;
}

/// The traditional command line with `card` for the video card.
Argv traditional_with(const Argv& card) {
  Argv argv{"/qemu-dm",   "-d",      "DOMID", "-domain-name", "vm",
            "-nographic", "-serial", "null",  "-videoram",    "4"};
  argv.insert(argv.end(), card.begin(), card.end());
  const Argv rest{"-boot", "cd", "-acpi", "-vcpus", "1",    "-net",
                  "none",  "-m", "252",   "-M",     "xenfv"};
  argv.insert(argv.end(), rest.begin(), rest.end());
  return argv;
}

TEST_CASE("traditional: every video card has its own options") {
  const auto argv_of = [](VideoCard card) { return device_model_argv(traditional(card), "DOMID"); };
  CHECK(argv_of(VideoCard::igd_passthrough) == traditional_with({"-std-vga", "-gfx_passthru"}));
  CHECK(argv_of(VideoCard::standard_vga) == traditional_with({"-std-vga"}));
  CHECK(argv_of(VideoCard::cirrus) == traditional_with({}));
  CHECK(argv_of(VideoCard::none) == traditional_with({"-vga", "none"}));
}

TEST_CASE("traditional: an integrated GPU has both options although platform.vga is cirrus") {
  VmConfig vm = vm_with({igd()});
  vm.platform_vga = Vga::cirrus;
  vm.device_model.profile = DeviceModelProfile::traditional;
  const Argv argv = device_model_argv(plan_of(vm, {igd()}).device_model, "7");
  CHECK(std::count(argv.begin(), argv.end(), "-std-vga") == 1);
  CHECK(std::count(argv.begin(), argv.end(), "-gfx_passthru") == 1);
  for (const std::string& word : argv) CHECK(word.find("xen-pci-passthrough") == word.npos);
}

TEST_CASE("traditional: display, serial port and extra arguments") {
  DeviceModelSpec spec = traditional(VideoCard::cirrus);
  spec.vnc = VncConfig{.listen = "0.0.0.0"};
  spec.extra_args = {"-loadvm", "x"};
  spec.serial = {.kind = SerialConfig::Kind::unix_socket, .path = "/s"};
  Argv argv = device_model_argv(spec, "7");
  CHECK(value_of(argv, "-vnc") == "0.0.0.0:0");
  CHECK(std::count(argv.begin(), argv.end(), "-nographic") == 0);
  CHECK(value_of(argv, "-serial") == "unix:/s,server,nowait");
  CHECK(Argv{argv.end() - 2, argv.end()} == spec.extra_args);
  spec.serial = {.kind = SerialConfig::Kind::file, .path = "/l"};
  CHECK(value_of(device_model_argv(spec, "7"), "-serial") == "file:/l");
  spec.serial = {.kind = SerialConfig::Kind::pty};
  CHECK(value_of(device_model_argv(spec, "7"), "-serial") == "pty");
}

TEST_CASE("equal inputs give equal command lines") {
  CHECK(device_model_argv(upstream(), "7") == device_model_argv(upstream(), "7"));
}

}  // namespace
}  // namespace xenlaunch::test
