#include "devicemodel/find_qemu.h"

#include "devicemodel/qemu_args.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Words = std::vector<std::string>;

/// A /proc with one process of that command line.
class Proc {
 public:
  explicit Proc(const Words& words) {
    std::string line;
    for (const std::string& word : words) line += word + '\0';
    tree_.write("uptime", "1 1");
    tree_.write("1/cmdline", "");
    tree_.write("4711/cmdline", line);
  }
  std::optional<pid_t> qemu_of(std::uint32_t domid) const {
    return find_qemu(domid, std::nullopt, tree_.root());
  }
  std::vector<pid_t> companions_of(std::uint32_t domid) const {
    return find_companions(domid, tree_.root());
  }

 private:
  testing::TemporaryTree tree_;
};

Words qemu(DeviceModelProfile profile) {
  DeviceModelSpec spec;
  spec.path = "/qemu";
  spec.profile = profile;
  spec.guest_name = "vm";
  return device_model_argv(spec, "7");
}

TEST_CASE("the QEMU that a launcher starts is found by its domain, of either profile") {
  for (const DeviceModelProfile profile :
       {DeviceModelProfile::upstream, DeviceModelProfile::traditional}) {
    const Proc proc{qemu(profile)};
    CHECK(proc.qemu_of(7) == 4711);
    CHECK(proc.qemu_of(70) == std::nullopt);
  }
}

TEST_CASE("the QEMU is a launcher's child before it is anybody else's") {
  std::string line;
  for (const std::string& word : qemu(DeviceModelProfile::upstream)) line += word + '\0';
  testing::TemporaryTree tree;
  for (const char* pid : {"4711", "4712"}) tree.write(pid + std::string{"/cmdline"}, line);
  const auto found = [&tree](const std::string& children) {
    tree.write("50/task/50/children", children);
    return find_qemu(7, 50, tree.root());
  };
  CHECK(found("x 60 4711 ") == 4711);
  CHECK(found("x 60 4712 ") == 4712);
  CHECK(found("60").has_value());
  CHECK(find_qemu(7, 51, tree.root()).has_value());
}

TEST_CASE("a QEMU that xenlaunch 0.1.0 has started is found, too") {
  const Proc proc{{"/qemu", "-xen-domid", "7", "-chardev",
                   "socket,id=xenlaunch,server=on,wait=off,path=/var/run/xen/qmp-xenlaunch-7",
                   "-mon", "chardev=xenlaunch,mode=control"}};
  CHECK(proc.qemu_of(7) == 4711);
}

TEST_CASE("another's QEMU for the same domain id is not ours") {
  CHECK(Proc{{"/qemu", "-xen-domid", "7"}}.qemu_of(7) == std::nullopt);
  CHECK(Proc{{"/qemu", "-xen-domid", "7", "-chardev",
              "socket,id=libxl-cmd,server=on,wait=off,path=/var/run/xen/qmp-libxl-7"}}
            .qemu_of(7) == std::nullopt);
  CHECK(Proc{{"/sh", "-d", "7"}}.qemu_of(7) == std::nullopt);
  CHECK(Proc{{"-xen-domid"}}.qemu_of(7) == std::nullopt);
}

TEST_CASE("what serves the disks is looked for where QEMU is") {
  const auto write = [](testing::TemporaryTree& tree, const char* pid, const Words& words) {
    std::string line;
    for (const std::string& word : words) line += word + '\0';
    tree.write(pid + std::string{"/cmdline"}, line);
  };
  testing::TemporaryTree tree;
  write(tree, "4711", qemu(DeviceModelProfile::upstream));
  tree.write("50/task/50/children", "4711 ");
  CHECK(find_disk_server(7, 50, tree.root()) == std::nullopt);
  write(tree, "4712", disk_server_argv({.path = "/qemu", .guest_name = "vm"}, "7"));
  CHECK(find_disk_server(7, std::nullopt, tree.root()) == 4712);
  CHECK(find_disk_server(70, std::nullopt, tree.root()) == std::nullopt);
  CHECK(find_disk_server(7, 50, tree.root()) == std::nullopt);
  tree.write("50/task/50/children", "4711 4712 ");
  CHECK(find_disk_server(7, 50, tree.root()) == 4712);
  tree.write("50/task/50/children", "");
  CHECK(find_disk_server(7, 50, tree.root()) == 4712);
  CHECK(find_store_filter(7, 50, tree.root()) == std::nullopt);
  write(tree, "4713", {"/proc/self/exe", "qemu-xenstore", "7", "768"});
  CHECK(find_store_filter(7, 50, tree.root()) == 4713);
  CHECK(find_store_filter(70, 50, tree.root()) == std::nullopt);
}

TEST_CASE("what was started beside a QEMU is found by its domain") {
  const Proc proc{{"/proc/self/exe", "qemu-broker", "7", "0000:01:00.0"}};
  const Proc server{disk_server_argv({.path = "/qemu", .guest_name = "vm"}, "7")};
  const Proc filter{{"/proc/self/exe", "qemu-xenstore", "7", "768"}};
  for (const Proc* each : {&proc, &server, &filter}) {
    CHECK(each->companions_of(7) == std::vector<pid_t>{4711});
    CHECK(each->companions_of(70).empty());
    CHECK(each->qemu_of(7) == std::nullopt);
  }
  CHECK(Proc{{"/bin/grep", "x", "qemu-broker", "7"}}.companions_of(7).empty());
  CHECK(Proc{{"/proc/self/exe", "qemu-broker"}}.companions_of(7).empty());
  CHECK(Proc{qemu(DeviceModelProfile::upstream)}.companions_of(7).empty());
}

}  // namespace
}  // namespace xenlaunch::test
