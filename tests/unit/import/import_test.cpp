// What becomes of each key.
#include "base/error.h"
#include "tests/unit/import/imports.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("only HVM guests are taken over") {
  CHECK(says("builder = 'generic'\n") ==
        "1 builder refused: 'generic' is not supported; expected 'hvm'\n");
  CHECK(import_xl_file("name='a'\nmemory=64\n", "a.cfg").keys.front() ==
        KeyReport{.key = "type",
                  .outcome = KeyOutcome::refused,
                  .lost = true,
                  .reason = "without type or builder xl makes a PV guest; expected type='hvm'"});
}

TEST_CASE("processors, their places and their share") {
  CHECK(gives("vcpus = 2\nmaxvcpus = 2\ncpus = '0-3,^2'\ncpu_weight = 512\ncap = 50\n") ==
        "vcpus: 2\ncpu: {pin: \"0-3,^2\", weight: 512, cap: 50}\n");
  CHECK(gives("vcpus = 2\ncpus = ['1','1']\n") == "vcpus: 2\ncpu: {pin: \"1\"}\n");
  CHECK(says("vcpus = 2\nmaxvcpus = 4\ncpus = ['1','2']\n") ==
        "1 vcpus converted\n"
        "2 maxvcpus lost: no processors can be added later; vcpus stays 2\n"
        "3 cpus lost: a place for each virtual processor; xenlaunch has one for all of them\n");
  CHECK(says("cpus = 'all'\ncpus_soft = '1'\n") ==
        "1 cpus dropped: all processors, as without the key\n"
        "2 cpus_soft lost: only a hard limit is supported, as cpu.pin\n");
}

TEST_CASE("boot letters become devices") {
  CHECK(gives("boot = 'dc'\n") == "boot: [cdrom, disk]\n");
  CHECK(says("boot = 'n'\n").starts_with("1 boot refused: as boot"));
  CHECK(gives("boot = 'ac'\n") == "boot: [disk]\n");
  CHECK(says("boot = 'x'\n") == "1 boot refused: 'x' has other letters than c, d and n\n");
}

TEST_CASE("a kernel of its own, but not hvmloader") {
  CHECK(gives("kernel = '/k'\nramdisk = '/i'\nroot = '/dev/xvda'\nextra = 'ro quiet'\n") ==
        "kernel: /k\ninitrd: /i\ncmdline: \"root=/dev/xvda ro quiet\"\n");
  CHECK(says("kernel = '/usr/lib/xen/boot/hvmloader'\ncmdline = 'ro'\n") ==
        "1 kernel dropped: hvmloader is not the guest's kernel, and xl takes no notice of it here\n"
        "2 cmdline lost: there is no kernel= that it could be for, and xl 4.17 and later refuse "
        "it\n");
}

TEST_CASE("the platform") {
  CHECK(gives("viridian = ['defaults', '!Freq']\ntsc_mode = 2\nhpet = 0\nnestedhvm = 1\n"
              "mmio_hole = 2048\n") ==
        "platform:\n  viridian: [base, time_ref_count, apic_assist, crash_ctl, no_vp_limit, "
        "cpu_hotplug]\n  tsc_mode: native\n  hpet: false\n"
        "  nested_virt: true\n  mmio_hole: 2048MiB\n");
  CHECK(gives("viridian = 'x'\ntsc_mode = 9\nmmio_hole = 10\n") == "");
  CHECK(says("acpi = 0\napic = 1\npae = 0\nnx = 1\n") ==
        "1 acpi lost: it is always on\n2 apic dropped: it is always on\n"
        "3 pae lost: it is always on\n4 nx dropped: it is always on\n");
}

TEST_CASE("vga= beats stdvga=") {
  CHECK(gives("vga = 'none'\nstdvga = 1\n") == "platform: {vga: none}\n");
  CHECK(gives("stdvga = 1\nvideoram = 32\n") == "platform: {vga: std, videoram: 32}\n");
  CHECK(says("vga = 'none'\nvideoram = 32\n") ==
        "1 vga converted\n2 videoram dropped: there is no emulated card; all of the memory is the "
        "guest's\n");
  CHECK(says("vga = 'qxl'\n") ==
        "1 vga refused: 'qxl' is not supported; expected stdvga, cirrus or none\n");
}

TEST_CASE("gfx_passthru is for an integrated GPU") {
  CHECK(gives("pci = [ '00:02.0' ]\ngfx_passthru = 1\nstdvga = 1\n") ==
        "# For 0000:00:02.0: a start is refused where that is no integrated GPU.\n"
        "video_card: IGD_passthrough\npci: [\"0000:00:02.0\"]\n");
  CHECK(gives("pci = [ '01:00.0' ]\ngfx_passthru = 'igd'\n") ==
        "# gfx_passthru: only an integrated GPU is treated in another way; xl with QEMU refuses it "
        "for other cards.\npci: [\"0000:01:00.0\"]\n");
  CHECK(says("gfx_passthru = 0\n") ==
        "1 gfx_passthru dropped: it is for an integrated GPU alone, and 0000:00:02.0 is not "
        "passed\n");
  CHECK(says("gfx_passthru = 'true'\n") ==
        "1 gfx_passthru refused: 'true' is unknown to xl, too; expected 0, 1 or 'igd'\n");
}

TEST_CASE("VNC: where it listens, and at which port") {
  CHECK(gives("vnc = 1\nvnclisten = '0.0.0.0:3'\nvncunused = 0\nkeymap = 'de'\n") ==
        "# Who can reach this address has the guest's keyboard, as under xl.\n"
        "vnc: {listen: \"0.0.0.0\", port: 5903, without_password: true, keymap: de}\n");
  CHECK(gives("vnc = 1\nvncunused = 0\n") == "vnc: {listen: \"127.0.0.1\", port: 5900}\n");
  CHECK(gives("vnc = 1\nvncdisplay = 2\n") ==
        "# xl would take the next free port where 5902 is in use.\n"
        "vnc: {listen: \"127.0.0.1\", port: 5902}\n");
  CHECK(says("vnc = 0\nvncdisplay = 2\n") ==
        "1 vnc converted\n2 vncdisplay dropped: the guest has no VNC server\n");
  CHECK(says("vncdisplay = '-5900'\n") ==
        "1 vncdisplay refused: port 0 is not one; expected a display from 0\n");
  CHECK(says("vnclisten = '0.0.0.0:99999'\n") ==
        "1 vnclisten refused: port 105899 is not one; expected a display from 0\n");
  CHECK(gives("vnc = 1\nvncpasswd = 'secret'\n").find("secret") == std::string::npos);
  CHECK(says("vncpasswd = 'secret'\n") ==
        "1 vncpasswd lost: write it into the file that vnc.password_file names\n");
}

TEST_CASE("USB by ids alone") {
  CHECK(gives("usbdevice = [ 'tablet', 'host:046D:c52b', 'mouse' ]\n") ==
        "usb:\n  controller: uhci\n  tablet: true\n  devices: [\"046d:c52b\"]\n");
  CHECK(gives("usbversion = 3\n") == "usb: {controller: xhci, tablet: false}\n");
  CHECK(says("usbdevice = 'host:1.4'\n") ==
        "1 usbdevice refused: bus and address change each time a device is plugged in; expected "
        "its ids, as host:046d:c52b (lsusb shows them); 'host:1.4' names a device by bus and "
        "address\n");
}

TEST_CASE("the serial port") {
  CHECK(gives("serial = [ 'pty' ]\n") == "serial: pty\n");
  CHECK(gives("serial = 'unix:/run/a,server,nowait'\n") == "serial: \"unix:/run/a\"\n");
  for (const char* port : {"stdio", "/dev/ttyS0", "unix:/run/a", "tcp:1.2.3.4:5"}) {
    CAPTURE(port);
    CHECK(says("serial = '" + std::string{port} + "'\n") ==
          "1 serial refused: '" + std::string{port} +
              "' is not supported; expected pty, none, file:PATH or unix:PATH,server,nowait\n");
  }
}

TEST_CASE("sound, clock and what happens at the end") {
  CHECK(gives("soundhw = 'hda'\nlocaltime = 1\nrtc_timeoffset = 60\non_crash = 'preserve'\n") ==
        "# Nobody hears it: Debian's QEMU for Xen has no way to play sound.\nsound: hda\n"
        "clock: {base: localtime, offset_seconds: 60}\non_crash: preserve\n");
  CHECK(says("on_reboot = 'rename-restart'\non_crash = 'coredump-restart'\non_watchdog = "
             "'destroy'\n") ==
        "1 on_reboot lost: becomes restart: the dead domain is not kept under another name\n"
        "2 on_crash lost: no core dump is written\n"
        "3 on_watchdog lost: a guest that its watchdog ends is treated as on_crash says\n");
}

TEST_CASE("QEMU's own arguments are taken over") {
  CHECK(gives("device_model_version = 'qemu-xen'\ndevice_model_args = [ '-d', 'a b' ]\n"
              "device_model_args_hvm = [ '-x' ]\n") ==
        "# QEMU's own arguments are taken over as they are, and not looked at.\n"
        "device_model:\n  profile: upstream\n  extra_args: [\"-d\", \"a b\", \"-x\"]\n");
}

TEST_CASE("devices that a VM file cannot have are refused, and none of them is not") {
  CHECK(says("usbdev = [ 'hostbus=1,hostaddr=2' ]\nvtpm = []\nspice = 1\nspiceport = 1\n") ==
        "1 usbdev refused: a device by bus and address, which change with each plugging in; name "
        "it under usb.devices by its ids\n"
        "2 vtpm dropped: xenlaunch has no such devices\n"
        "3 spice refused: SPICE is not supported; there is vnc\n"
        "4 spiceport dropped: it is for SPICE alone\n");
}

TEST_CASE("a name that xl does not know is told with the one that was meant") {
  const auto unknown = [](const std::string& name, const std::string& likely) {
    return "1 " + name + " lost: xl has no such key and takes no notice of it" +
           (likely.empty() ? "" : "; likely meant: " + likely) + "\n";
  };
  for (const auto& [name, likely] : {std::pair{"vncused", "vncunused"},
                                     {"localdate", "localtime"},
                                     {"vcpu", "vcpus"},
                                     {"memroy", "memory"},
                                     {"disks", "disk"},
                                     {"vnccolsole", "vncconsole"},
                                     {"graphics", ""},
                                     {"device_model_machine", ""}}) {
    CAPTURE(name);
    CHECK(says(std::string{name} + " = 0\n") == unknown(name, likely));
  }
}

TEST_CASE("every text is a text in the VM file") {
  CHECK(gives("kernel = '/a'\ncmdline = 'yes'\n") == "kernel: /a\ncmdline: \"yes\"\n");
  CHECK(gives("kernel = '/a'\ncmdline = '# : {\\'x\\', \"y\"} \\\\ \xc3\xa9'\n") ==
        "kernel: /a\ncmdline: \"# : {'x', \\\"y\\\"} \\\\ \xc3\xa9\"\n");
}

TEST_CASE("what the VM file's reader does not take is refused at its key") {
  CHECK(says("vcpus = 500\nuuid = 'x'\nvnclisten = 'localhost'\n") ==
        "1 vcpus refused: as vcpus of a VM file: '500' is out of range; expected an integer from 1 "
        "to 128\n"
        "2 uuid refused: as uuid of a VM file: 'x' is not a uuid; expected 8-4-4-4-12 hex digits\n"
        "3 vnclisten refused: as vnc.listen of a VM file: 'localhost' is not an IP address; "
        "expected an IPv4 or IPv6 address\n");
}

TEST_CASE("there is a VM file unless a key is refused, and no loss is passed over") {
  CHECK(imported("parallel = 'none'\n").lossless);
  CHECK(!imported("parallel = '/dev/lp0'\n").lossless);
  CHECK(imported("parallel = '/dev/lp0'\n").vm_file.find("\n#   line 1, parallel: ") !=
        std::string::npos);
  CHECK(imported("boot = 'x'\n").vm_file == "");
}

}  // namespace
}  // namespace xenlaunch::test
