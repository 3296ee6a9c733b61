#include "devicemodel/qemu_abilities.h"

#include <doctest/doctest.h>

#include <algorithm>

#include "devicemodel/qemu_args.h"

namespace xenlaunch::test {
namespace {

QemuAbilities told(QemuQuestion question, const char* output, const char* errors = "") {
  QemuAbilities qemu;
  take_answer(qemu, question, output, errors);
  return qemu;
}

TEST_CASE("a QEMU's help tells its version, options and audio drivers") {
  const QemuAbilities qemu =
      told(QemuQuestion::help,
           "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\n"
           "usage: xen-qemu-system-i386 [options] [disk_image]\n"
           "-machine [type=]name[,prop[=value][,...]]\n"
           "                igd-passthru=on|off\n"
           "-audiodev [driver=]driver,id=id[,prop[=value][,...]]\n"
           "-audiodev none,id=id,[,prop[=value][,...]]\n-audiodev spice,id=id\n"
           "-tpmdev passthrough,id=id[,path=path]\n"
           "-run-with [async-teardown=on|off][,chroot=dir][,user=username|uid:gid]\n"
           "-spice [port=port]\n-\n--\n- x\n-m");
  REQUIRE(qemu.help);
  CHECK(qemu.help->version == "7.2.22");
  CHECK((qemu.help->options == std::set<std::string>{"-", "audiodev", "m", "machine", "run-with",
                                                     "run-with chroot", "run-with user", "spice",
                                                     "tpmdev"}));
  CHECK((qemu.help->audio_drivers == std::set<std::string>{"none", "spice"}));
  CHECK((told(QemuQuestion::help, "").help == QemuHelp{}));
}

TEST_CASE("what -run-with takes may stand in several lines, and nothing behind them counts") {
  const QemuAbilities qemu = told(QemuQuestion::help,
                                  "-run-with [async-teardown=on|off][,chroot=dir]\n"
                                  "          [,exit-with-parent=on|off][,user=username|uid:gid]\n"
                                  "                user=username switch to the specified user\n"
                                  "-msg [timestamp=on|off]\n                user=x\n");
  REQUIRE(qemu.help);
  CHECK((qemu.help->options ==
         std::set<std::string>{"msg", "run-with", "run-with chroot", "run-with user"}));
  CHECK((told(QemuQuestion::help, "-run-with [chroot=dir]\n-msg [x]\n  user=x\n").help->options ==
         std::set<std::string>{"msg", "run-with", "run-with chroot"}));
}

TEST_CASE("a QEMU's devices have their other names, too") {
  const QemuAbilities qemu =
      told(QemuQuestion::devices,
           "Controller devices:\nname \"e1000\", bus PCI, alias \"e1000-82540em\", desc \"Intel\"\n"
           "name \"VGA\", bus PCI\nname \"\"\nrubbish\nname \"nvme");
  CHECK((qemu.devices == std::set<std::string>{"VGA", "e1000", "e1000-82540em", "nvme"}));
}

TEST_CASE("every device and option of a guest's command line is a need") {
  DeviceModelSpec spec{
      .path = "/qemu",
      .guest_name = "-spice",
      .video_card = VideoCard::standard_vga,
      .direct_boot = DirectBoot{.kernel = "/k", .cmdline = "-device"},
      .disks = {{.image = "/a", .target = "hda"},
                {.image = "/b", .target = "sda"},
                {.image = "/c", .target = "nvme0"},
                {.type = DiskType::cdrom, .target = "hdc"},
                {.image = "/d", .target = "xvdd"}},
      .nics = {{.model = NicModel::e1000e}, {.index = 1}},
      .vnc = VncConfig{.listen = "127.0.0.1"},
      .spice = SpiceConfig{.listen = "127.0.0.1", .port = 5930},
      .sound = SoundCard::hda,
      .usb = {.controller = UsbController::xhci, .tablet = true, .devices = {{1, "2"}}},
      .passthrough = {{.slot = 6}},
      .extra_args = {"-device", "tpm-tis", "-spice"}};
  std::vector<std::string> names;
  for (const QemuNeed& need : needs_of(spec)) {
    names.push_back(need.name);
    CAPTURE(need.name);
    CHECK(need.key != "it");  // so a message can say where it stands
  }
  CHECK((names == std::vector<std::string>{"vnc", "spice", "VGA", "ich9-ahci", "ide-hd", "nvme",
                                           "ide-cd", "e1000e", "rtl8139", "xen-pci-passthrough",
                                           "qemu-xhci", "usb-tablet", "usb-host", "audiodev",
                                           "spice", "intel-hda", "hda-duplex"}));

  spec = {.path = "/qemu", .video_card = VideoCard::igd_passthrough, .passthrough = {{.slot = 2}}};
  const std::vector<QemuNeed> of_igd = needs_of(spec);
  REQUIRE(of_igd.size() == 2);
  CHECK(of_igd[1].lack() == "has no machine xenfv with igd-passthru");
  CHECK(of_igd[1].question() == QemuQuestion::igd_passthru);
  spec.profile = DeviceModelProfile::traditional;
  CHECK(needs_of(spec).empty());
}

TEST_CASE("a password for VNC takes a QEMU that has DES") {
  DeviceModelSpec spec{
      .path = "/qemu", .video_card = VideoCard::none, .vnc = VncConfig{.listen = "127.0.0.1"}};
  REQUIRE(needs_of(spec).size() == 1);
  spec.vnc->password_file = "/srv/password";
  const std::vector<QemuNeed> needs = needs_of(spec);
  REQUIRE(needs.size() == 2);
  CHECK(needs[1].key == "vnc.password_file");
  CHECK(needs[1].lack() == "can do no passwords for VNC (its libraries have no DES)");
  const QemuQuestion question = needs[1].question();
  CHECK(question == QemuQuestion::vnc_password);
  CHECK(status_of(question) == 1);

  const QemuAbilities without =
      told(question, "", "qemu: -vnc …: Cipher backend does not support DES algorithm\n");
  CHECK(has(without, needs[1]) == false);
  const std::string socket = arguments_of(question).back();
  const QemuAbilities with =
      told(question, "", ("qemu: -vnc " + socket + ": Failed to bind socket to /proc/…\n").c_str());
  CHECK(has(with, needs[1]) == true);
  const QemuAbilities otherwise = told(question, "", "qemu: No accelerator selected\n");
  CHECK(has(otherwise, needs[1]) == std::nullopt);
  CHECK_FALSE(is_answered(otherwise, question));
}

TEST_CASE("what a QEMU was not asked is not known") {
  const QemuNeed device{.kind = QemuNeed::Kind::device, .name = "nvme"};
  const QemuNeed option{.kind = QemuNeed::Kind::option, .name = "spice"};
  const QemuNeed driver{.kind = QemuNeed::Kind::audio_driver, .name = "spice"};
  CHECK(has({}, device) == std::nullopt);
  CHECK(has({}, option) == std::nullopt);
  CHECK(has({}, driver) == std::nullopt);
  const QemuAbilities qemu{.help = QemuHelp{.options = {"spice"}},
                           .devices = std::set<std::string>{"e1000"}};
  CHECK(has(qemu, device) == false);
  CHECK(has(qemu, option) == true);
  CHECK(has(qemu, driver) == false);
  CHECK(device.lack() == "has no device nvme");
  CHECK(option.lack() == "does not know -spice");
  CHECK(driver.lack() == "has no audio driver spice");
}

}  // namespace
}  // namespace xenlaunch::test
