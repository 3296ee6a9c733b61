#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

Run copy_to(const std::string& root, const std::string& folder) {
  return run_on(unreachable_host, {"host", "copy", "--root", root, folder});
}

TEST_CASE("a copy of a machine says in every command what the machine says") {
  for (const std::string& name : testing::machine_names()) {
    CAPTURE(name);
    const testing::TemporaryTree tree;
    const std::string root = testing::machine(name);
    const std::string copy = tree.path("copy");
    const Run made = copy_to(root, copy);
    CHECK(made.status == 0);
    CHECK(made.err.empty());
    CHECK(made.out.find("sys/bus/pci/devices") != std::string::npos);
    for (const std::vector<std::string>& args : {std::vector<std::string>{"gpu", "list", "--json"},
                                                 {"pci", "list", "--json"},
                                                 {"host", "display"},
                                                 {"host", "doctor", "--json"}}) {
      std::vector<std::string> of_machine = args;
      std::vector<std::string> of_copy = args;
      of_machine.insert(of_machine.end(), {"--root", root});
      of_copy.insert(of_copy.end(), {"--root", copy});
      CHECK(run_on(unreachable_host, of_copy) == run_on(unreachable_host, of_machine));
    }
  }
}

TEST_CASE("a copy keeps the shape of sysfs and leaves out secrets and serial numbers") {
  const testing::TemporaryTree tree;
  const std::string disk = "host/sys/devices/pci0000:00/0000:00:1f.2";
  tree.link("host/sys/bus/pci/devices/0000:00:1f.2", "../../../devices/pci0000:00/0000:00:1f.2");
  for (const auto& [name, text] :
       std::map<std::string, std::string>{{"vendor", "0x8086\n"},
                                          {"device", "0x1\n"},
                                          {"class", "0x010601\n"},
                                          {"resource", ""},
                                          {"config", std::string(256, 'c')},
                                          {"rom", "U\xaasecret"},
                                          {"serial", "S3CR3T"},
                                          {"ata1/block/sda/size", "8\n"},
                                          {"ata1/block/sda/wwid", "S3CR3T"},
                                          {"ata1/block/sda/sda1/partition", "1\n"},
                                          {"net/eth0/address", "S3CR3T"},
                                          {"net/eth0/ifindex", "2\n"}})
    tree.write(disk + "/" + name, text);
  tree.link(disk + "/driver", "../../../bus/pci/drivers/ahci");
  tree.link("host/sys/class/block/sda1",
            "../../devices/pci0000:00/0000:00:1f.2/ata1/block/sda/sda1");
  tree.write("host/sys/devices/virtual/block/dm-0/dm/name", "root\n");
  tree.link("host/sys/devices/virtual/block/dm-0/slaves/sda1",
            "../../../../pci0000:00/0000:00:1f.2/ata1/block/sda/sda1");
  tree.link("host/sys/class/block/dm-0", "../../devices/virtual/block/dm-0");
  tree.write("host/proc/cmdline", "root=a rd.luks.key=S3CR3T\n");
  tree.write("host/proc/7/comm", "Xorg\n");
  tree.write("host/proc/7/environ", "S3CR3T");
  tree.link("host/proc/7/fd/3", "/dev/dri/card0");
  tree.link("host/proc/7/fd/4", "/home/S3CR3T");
  tree.write("host/dev/vga_arbiter", "invalidinvalid");
  tree.write("host/boot/grub/grub.cfg", "password a S3CR3T\nmenuentry a { linux /l; }\n");
  tree.write("host/etc/modprobe.d/a.conf", "options x key=S3CR3T\noptions xen-pciback hide=(1)\n");
  tree.write("host/etc/shadow", "S3CR3T");
  tree.write("host/boot/initrd.img-1", "S3CR3T");
  CHECK(copy_to(tree.path("host"), tree.path("copy")).status == 0);
  std::map<std::string, std::string> copied;
  for (const auto& [path, text] : tree.snapshot())
    if (path.starts_with("copy/")) copied.emplace(path.substr(5), text);
  for (const auto& [path, text] : copied) {
    CAPTURE(path);
    CHECK(text.find("S3CR3T") == std::string::npos);
  }
  const auto of_disk = [&copied](const std::string& name) {
    const auto found = copied.find("sys/devices/pci0000:00/0000:00:1f.2/" + name);
    return found == copied.end() ? std::string{"missing"} : found->second;
  };
  CHECK(of_disk("config") == std::string(64, 'c'));
  CHECK(of_disk("rom") == "U\xaa");
  CHECK(of_disk("serial") == "missing");
  CHECK(of_disk("net/eth0/address") == "missing");
  CHECK(of_disk("net/eth0/ifindex") == "2\n");
  CHECK(of_disk("ata1/block/sda/sda1/partition") == "1\n");
  CHECK(fs::read_symlink(tree.path("copy/sys/class/block/dm-0")) ==
        "../../devices/virtual/block/dm-0");
  CHECK(fs::exists(tree.path("copy/sys/class/block/dm-0/slaves/sda1/partition")));
  CHECK(fs::exists(tree.path("copy/sys/bus/pci/devices/0000:00:1f.2/driver")));
  CHECK(copied.at("proc/7/comm") == "Xorg\n");
  CHECK_FALSE(copied.contains("proc/7/fd/4"));
  CHECK(copied.at("dev/vga_arbiter") == "invalidinvalid\n");
  CHECK(copied.at("boot/initrd.img-1").empty());
}

TEST_CASE("a copy is closed to other users, as much of what is in it was") {
  const testing::TemporaryTree tree;
  CHECK(copy_to(testing::machine("hd4600"), tree.path("copy")).status == 0);
  CHECK(std::filesystem::status(tree.path("copy")).permissions() ==
        std::filesystem::perms::owner_all);
}

TEST_CASE("a link of the host that is copied leads no file of the copy out of it") {
  const testing::TemporaryTree tree;
  tree.write("outside/file", "mine\n");
  const auto before = tree.snapshot();
  const auto copy_with = [&tree](const std::string& name, const std::string& target) {
    fs::remove_all(tree.root() / "host");
    fs::remove_all(tree.root() / "copy");
    fs::copy(testing::machine("hd4600"), tree.root() / "host",
             fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    tree.remove("host/" + name);
    tree.link("host/" + name, tree.path(target));
    // What these name below /dev is copied as a link.
    tree.write("host/proc/mounts", "/dev/vga_arbiter / ext4 rw 0 0\n/dev/mapper /a ext4 rw 0 0\n");
    tree.write("host/proc/swaps", "Filename\n/dev/mapper/file partition 1 0 -2\n");
    return copy_to(tree.path("host"), tree.path("copy"));
  };
  const Run over_file = copy_with("dev/vga_arbiter", "outside/file");
  CHECK(over_file.status == 4);
  CHECK(over_file.err.find("Too many levels of symbolic links") != std::string::npos);
  CHECK_FALSE(fs::exists(tree.path("copy")));
  CHECK(copy_with("dev/mapper", "outside").status == 0);
  CHECK(fs::is_symlink(tree.path("copy/dev/mapper")));
  fs::remove_all(tree.root() / "host");
  fs::remove_all(tree.root() / "copy");
  CHECK(tree.snapshot() == before);
}

TEST_CASE("a folder that holds something stays as it is, and a failed copy leaves nothing") {
  const testing::TemporaryTree tree;
  tree.write("full/file", "mine");
  const auto before = tree.snapshot();
  const Run full = copy_to(testing::machine("hd4600"), tree.path("full"));
  CHECK(full.status == 2);
  CHECK(full.err.find("it is there already; name a new or an empty folder") != std::string::npos);
  CHECK(copy_to(testing::machine("hd4600"), tree.path("none/copy")).status == 4);
  CHECK(tree.snapshot() == before);
  fs::create_directory(tree.path("empty"));
  CHECK(copy_to(testing::machine("hd4600"), tree.path("empty") + "/").status == 0);
  CHECK(fs::exists(tree.path("empty/proc/cmdline")));
}

}  // namespace
}  // namespace xenlaunch::test
