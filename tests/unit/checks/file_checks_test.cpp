#include "launcher/checks/file_checks.h"

#include <sys/stat.h>

#include "tests/fakes/world.h"
#include "tests/unit/host/rom_image.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Findings = std::vector<Finding>;

const std::string install = "install qemu-system-xen, or name another one in device_model.path";
const std::string neither = "it is neither a file nor a block device";

/// A directory with everything that a start reads, and a plan that names it.
struct Files {
  TemporaryTree tree;
  VmConfig vm = vm_with({});
  HostSettings host = settings();

  Files() {
    for (const char* name : {"qemu", "hvmloader", "bios", "disk", "cd", "kernel", "initrd"})
      tree.write(name, "x");
    ::chmod(tree.path("qemu").c_str(), 0700);
    host.qemu = tree.path("qemu");
    host.hvmloader = tree.path("hvmloader");
    host.seabios = tree.path("bios");
    vm.disks = {{.image = tree.path("disk"), .target = "hda"},
                {.image = tree.path("cd"), .type = DiskType::cdrom, .target = "hdb"}};
    vm.direct_boot = DirectBoot{.kernel = tree.path("kernel"), .initrd = tree.path("initrd")};
  }

  Findings check() const { return check_files(resolve(vm, {}, host), host.trusted_folders); }
};

TEST_CASE("files that are all there are no problem") {
  CHECK(Files{}.check().empty());
}

TEST_CASE("VNC where others can reach it has a password, or says that it has none") {
  Files files;
  const auto codes = [&files](const VncConfig& vnc) {
    files.vm.vnc = vnc;
    std::string all;
    for (const Finding& finding : files.check())
      all += to_string(finding.code) + " " + finding.subject + "\n";
    return all;
  };
  for (const char* address : {"0.0.0.0", "10.0.0.1", "::", "::ffff:127.0.0.1"}) {
    CHECK(codes({.listen = address}) == "vnc_without_password " + std::string{address} + "\n");
    CHECK(codes({.listen = address, .without_password = true}).empty());
  }
  for (const char* address : {"127.0.0.1", "127.1.2.3", "::1"})
    CHECK(codes({.listen = address}).empty());
  CHECK(codes({.socket = "/run/socket"}).empty());
  files.tree.write("password", "secret\n");
  ::chmod(files.tree.path("password").c_str(), 0600);
  CHECK(codes({.listen = "::", .password_file = files.tree.path("password")}).empty());
}

TEST_CASE("a qcow2 image that names a file elsewhere is refused, unless that is trusted") {
  Files files;
  std::string header{"QFI\xfb\0\0\0\2\0\0\0\0\0\0\0\x20\0\0\0\x0b", 20};
  header.resize(32);
  files.tree.write("disk", header + "/etc/shadow");
  CHECK(files.check().empty());  // as a raw disk it is the guest's
  files.vm.disks[0].format = DiskFormat::qcow2;
  CHECK(files.check() ==
        Findings{{FindingCode::backing_file_elsewhere, files.tree.path("disk"),
                  "it names '/etc/shadow', which is no file in its own folder",
                  "put that file beside it, or name its folder under trusted_folders in "
                  "/etc/xenlaunch/host.yaml if you trust the image"}});
  files.host.trusted_folders = {"/etc"};
  CHECK(files.check() ==
        Findings{{FindingCode::backing_file_format, files.tree.path("disk"),
                  "it names '/etc/shadow' without the format of that file, which is not qcow2",
                  "where it is raw, `qemu-img rebase -u -F raw -b FILE IMAGE` notes that; convert "
                  "what is neither raw nor qcow2"}});
}

TEST_CASE(
    "an image whose path QEMU would cut at a space is refused, unless dom0's kernel serves it") {
  Files files;
  files.tree.write("big disk", "x");
  files.vm.disks[0].image = files.tree.path("big disk");
  CHECK(files.check() ==
        Findings{{FindingCode::disk_unusable, files.tree.path("big disk"),
                  "QEMU takes the path of a paravirtual disk's image only up to the first space",
                  "rename it; for a raw one `losetup -f --show FILE` makes a block device"}});
  files.vm.disks[0].target = "sda";  // which this QEMU does not take away
  CHECK(files.check().empty());
}

TEST_CASE("every missing file is named at once, with the use it has") {
  Files files;
  for (const char* name : {"qemu", "hvmloader", "bios", "disk", "cd", "kernel", "initrd"})
    files.tree.remove(name);
  files.host.xen = {4, 20};
  const auto missing = [&files](FindingCode code, const std::string& name,
                                const std::string& remedy = "") {
    return Finding{code, files.tree.path(name), "No such file or directory", remedy};
  };
  const Finding qemu = missing(FindingCode::qemu_unusable, "qemu", install);
  CHECK(files.check() == Findings{qemu,
                                  missing(FindingCode::hvmloader_unusable, "hvmloader",
                                          "install Xen's tools (xen-utils-4.20 on Debian), or name "
                                          "another one as paths.hvmloader in "
                                          "/etc/xenlaunch/host.yaml"),
                                  missing(FindingCode::firmware_unusable, "bios",
                                          "install seabios, or name another one as paths.seabios "
                                          "in /etc/xenlaunch/host.yaml"),
                                  missing(FindingCode::disk_unusable, "disk"),
                                  missing(FindingCode::cdrom_unusable, "cd"),
                                  missing(FindingCode::kernel_unusable, "kernel"),
                                  missing(FindingCode::initrd_unusable, "initrd")});
  CHECK(error_of([&] { refuse({qemu}); }) == "7: cannot run QEMU " + files.tree.path("qemu") +
                                                 ": No such file or directory; " + install);
}

TEST_CASE("UEFI firmware that is not edk2's for Xen is warned of") {
  Files files;
  files.vm.firmware = Firmware::ovmf;
  files.host.ovmf = files.tree.path("ovmf");
  files.tree.write("ovmf",
                   "\x7f"
                   "ELF, and more");
  CHECK(files.check().empty());
  for (const char* other : {"",
                            "\x7f"
                            "EL",
                            "_FVH"}) {
    files.tree.write("ovmf", other);
    CHECK(files.check() ==
          Findings{{FindingCode::firmware_not_for_xen, files.tree.path("ovmf"),
                    "it is not edk2's OvmfXen; edk2's other builds since 2021, Debian's among "
                    "them, do not support Xen, and their guests show nothing",
                    "xenlaunch-vm(5) says at firmware how to make OvmfXen; name it as paths.ovmf "
                    "in /etc/xenlaunch/host.yaml",
                    Severity::warns}});
  }
  files.vm.firmware = Firmware::seabios;
  CHECK(files.check().empty());
}

TEST_CASE("a pipe, a directory or a character device is no disk, and no check waits for one") {
  Files files;
  ::mkfifo(files.tree.path("pipe").c_str(), 0600);
  for (const std::string& path :
       {files.tree.path("pipe"), std::string{"/dev/null"}, files.tree.root().string()}) {
    files.vm.disks = {{.image = path, .target = "hda"}};
    CHECK(files.check() == Findings{{FindingCode::disk_unusable, path, neither, ""}});
  }
  files.vm.disks[0].type = DiskType::cdrom;
  CHECK(files.check() ==
        Findings{{FindingCode::cdrom_unusable, files.tree.root().string(), neither, ""}});
}

TEST_CASE("a ROM file is for the integrated GPU, and of its vendor") {
  Files files;
  files.tree.write("rom", rom_image({.id = igd().id}));
  const std::string rom = files.tree.path("rom");
  const auto check = [&](const PciFunction& function) {
    files.vm.pci = {{.address = function.address, .romfile = rom}};
    return check_files(resolve(files.vm, host_with({function}), files.host), {});
  };
  const auto unusable = [&](const std::string& reason, const std::string& remedy) {
    return Findings{{FindingCode::rom_file_unusable, rom, reason, remedy}};
  };
  CHECK(check(igd()) == Findings{});
  CHECK(check(card(0)) ==
        unusable("QEMU for Xen takes a ROM from a file only for the integrated GPU that is the "
                 "guest's card, and 0000:01:00.0 is not",
                 "remove romfile"));
  files.tree.write("rom", rom_image({.id = {0x8086, 0x0416}}));
  CHECK(check(igd()) ==
        Findings{{FindingCode::rom_file_of_another, rom,
                  "it is for 8086:0416, and the GPU is 8086:0412; QEMU gives the guest's copy the "
                  "GPU's id",
                  "if the guest shows nothing, take the GPU's own video BIOS", Severity::warns}});
  files.tree.write("rom", rom_image({.id = {0x10de, 0x0412}}));
  CHECK(check(igd()) == unusable("it is for 10de:0412, and the GPU is 8086:0412",
                                 "take the video BIOS of a GPU of the same family"));
  files.tree.remove("rom");
  CHECK(check(igd()) == unusable("No such file or directory",
                                 "xenlaunch-vm(5) says at romfile where to get one from"));
}

TEST_CASE("an empty drive needs no image, and a read-only disk is only read") {
  Files files;
  files.vm.disks = {{.type = DiskType::cdrom, .target = "hda"},
                    {.image = files.tree.path("disk"), .target = "nvme0", .readonly = true}};
  CHECK(files.check().empty());
  CHECK(check_cdrom(files.tree.path("cd")).empty());
  CHECK(check_cdrom(files.tree.path("none")) ==
        Findings{{FindingCode::cdrom_unusable, files.tree.path("none"), "No such file or directory",
                  ""}});
}

TEST_CASE("a paravirtual disk that may only be read is blkback's alone") {
  Files files;
  const std::string image = files.tree.path("disk");
  files.vm.disks = {{.image = image, .target = "xvda", .readonly = true}};
  CHECK(files.check() ==
        Findings{{FindingCode::disk_unusable, image,
                  "only dom0's xen-blkback serves a read-only disk, and for that the image has to "
                  "be a raw block device",
                  "`losetup -r -f --show FILE` makes one of a raw file"}});
  const HostDisks disks{.block_devices = {{image, {.path = "/dev/loop0"}}}, .blkback = true};
  CHECK(check_files(resolve(files.vm, {}, files.host, {}, disks), {}).empty());
}

TEST_CASE("a block device that QEMU serves for want of xen-blkback is warned of") {
  Files files;
  const std::string image = files.tree.path("disk");
  files.vm.disks = {{.image = image, .target = "xvda"}};
  HostDisks disks{.block_devices = {{image, {.path = "/dev/loop0"}}}};
  CHECK(check_files(resolve(files.vm, {}, files.host, {}, disks), {}) ==
        Findings{{FindingCode::disk_through_qemu, image,
                  "xen-blkback is not loaded, and udev would not load it; QEMU serves the disk "
                  "instead, through dom0's page cache",
                  "run `modprobe xen-blkback`, and have it loaded at boot", Severity::warns}});
  disks.blkback = true;
  CHECK(check_files(resolve(files.vm, {}, files.host, {}, disks), {}).empty());
  disks = {};
  CHECK(check_files(resolve(files.vm, {}, files.host, {}, disks), {}).empty());
}

TEST_CASE("a QEMU that cannot be run is refused") {
  Files files;
  ::chmod(files.host.qemu.c_str(), 0600);
  CHECK(files.check() ==
        Findings{{FindingCode::qemu_unusable, files.host.qemu, "Permission denied", install}});
  files.host.qemu = files.tree.root();
  CHECK(files.check() ==
        Findings{{FindingCode::qemu_unusable, files.host.qemu, "it is no file", install}});
}

TEST_CASE("a QEMU that learns of its disks in another way is given none") {
  Files files;
  files.vm.device_model.profile = DeviceModelProfile::traditional;
  files.vm.device_model.path = files.host.qemu;
  const Findings findings = files.check();
  REQUIRE(findings.size() == 1);
  CHECK(findings[0].code == FindingCode::qemu_without_disks);
  CHECK(as_refusal(findings[0]) ==
        "cannot give the profile traditional disks: that QEMU learns of them through xenstore, "
        "which is not supported yet; remove disks, or use the profile upstream");
}

TEST_CASE("no package is named for a QEMU that none brings") {
  Files files;
  files.vm.disks.clear();
  files.vm.device_model.profile = DeviceModelProfile::traditional;
  files.vm.device_model.path = "/none/qemu-dm";
  CHECK(files.check() ==
        Findings{{FindingCode::qemu_unusable, "/none/qemu-dm", "No such file or directory",
                  "name a qemu-dm in device_model.path (Debian has none), or use the profile "
                  "upstream"}});
}

}  // namespace
}  // namespace xenlaunch::test
