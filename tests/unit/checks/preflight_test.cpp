#include "launcher/checks/preflight.h"

#include <sys/stat.h>

#include "tests/fakes/world.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Problems = std::vector<Problem>;

const std::string install = "; install qemu-system-xen, or name another one in device_model.path";

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

  Problems check() const { return check_files(resolve(vm, {}, host)); }
};

TEST_CASE("files that are all there are no problem") {
  CHECK(Files{}.check().empty());
}

TEST_CASE("every missing file is named at once, with the use it has") {
  Files files;
  for (const char* name : {"qemu", "hvmloader", "bios", "disk", "cd", "kernel", "initrd"})
    files.tree.remove(name);
  const auto missing = [&files](const std::string& what, const std::string& name) {
    return Problem{ExitCode::host, "cannot use " + what + " " + files.tree.path(name) +
                                       ": No such file or directory"};
  };
  CHECK(files.check() ==
        Problems{{ExitCode::device_model, "cannot run QEMU " + files.tree.path("qemu") +
                                              ": No such file or directory" + install},
                 missing("hvmloader", "hvmloader"),
                 missing("the firmware", "bios"),
                 missing("the disk image", "disk"),
                 missing("the CD-ROM image", "cd"),
                 missing("the kernel", "kernel"),
                 missing("the initrd", "initrd")});
}

TEST_CASE("a pipe, a directory or a character device is no disk, and no check waits for one") {
  Files files;
  ::mkfifo(files.tree.path("pipe").c_str(), 0600);
  for (const std::string& path : {files.tree.path("pipe"), std::string{"/dev/null"}}) {
    files.vm.disks = {{.image = path, .target = "hda"}};
    CHECK(files.check() ==
          Problems{{ExitCode::host, "cannot use the disk image " + path +
                                        ": it is neither a file nor a block device"}});
  }
  files.vm.disks = {{.image = files.tree.root(), .target = "hda"}};
  CHECK(files.check() ==
        Problems{{ExitCode::host, "cannot use the disk image " + files.tree.root().string() +
                                      ": it is neither a file nor a block device"}});
  files.vm.disks[0].type = DiskType::cdrom;
  CHECK(files.check() ==
        Problems{{ExitCode::host, "cannot use the CD-ROM image " + files.tree.root().string() +
                                      ": it is neither a file nor a block device"}});
}

TEST_CASE("a QEMU that cannot be run is refused") {
  Files files;
  ::chmod(files.host.qemu.c_str(), 0600);
  CHECK(files.check() == Problems{{ExitCode::device_model, "cannot run QEMU " + files.host.qemu +
                                                               ": Permission denied" + install}});
  files.host.qemu = files.tree.root();
  CHECK(files.check() == Problems{{ExitCode::device_model, "cannot run QEMU " + files.host.qemu +
                                                               ": it is no file" + install}});
}

TEST_CASE("pciback has to be there for a VM with devices only") {
  HostPci host = host_with({card(0)});
  CHECK(check_host_pci(plan_of(vm_with({card(0)}), {card(0)}), host).empty());
  host.pciback_loaded = false;
  CHECK(check_host_pci(plan_of(vm_with({}), {}), host).empty());
  CHECK(check_host_pci(plan_of(vm_with({card(0)}), {card(0)}), host) ==
        Problems{{ExitCode::host,
                  "cannot take PCI devices from dom0: pciback is not there; load it with "
                  "`modprobe xen-pciback`"}});
}

TEST_CASE("a device that does not answer is not passed, whatever it did when the plan was made") {
  PciFunction dead = card(0);
  dead.answers = false;
  const LaunchPlan plan = plan_of(vm_with({card(0), card(1)}), {card(0), card(1)});
  CHECK(check_host_pci(plan, host_with({dead, card(1)})) ==
        Problems{{ExitCode::host,
                  "cannot pass 0000:01:00.0: it does not answer (its configuration space reads all "
                  "ones), as a device that did not survive a reset or lost its power; switch the "
                  "host off and on, which may take more than a reboot"}});
}

TEST_CASE("at 0000:00:02.0 only what QEMU passes there may be passed") {
  PciFunction display = igd();
  display.class_code = 0x038000;
  CHECK(check_host_pci(plan_of(vm_with({display}), {display}), host_with({display})) ==
        Problems{{ExitCode::host,
                  "cannot pass 0000:00:02.0 (8086:0412, class 038000): at that address QEMU passes "
                  "only an Intel VGA controller (class 0300); some newer integrated GPUs are class "
                  "0380"}});
}

TEST_CASE("an integrated GPU without a video BIOS cannot be passed") {
  CHECK(check_host_pci(plan_of(vm_with({igd()}), {igd()}), host_with({})).empty());
  PciFunction bare = igd();
  bare.has_rom_file = false;
  const Problems problems = check_host_pci(plan_of(vm_with({bare}), {bare}), host_with({bare}));
  REQUIRE(problems.size() == 1);
  CHECK(problems[0].code == ExitCode::host);
  CHECK(problems[0].text.starts_with(
      "cannot pass the integrated GPU 0000:00:02.0: it has no video BIOS"));
}

HypervisorInfo xen_with(std::uint64_t free_mib) {
  return {.hvm = true, .hap = true, .iommu = true, .free_kib = free_mib * 1024};
}

TEST_CASE("the hypervisor has to offer HVM, and an IOMMU for a VM with devices") {
  const LaunchPlan plain = plan_of(vm_with({}), {});
  const LaunchPlan passing = plan_of(vm_with({card(0)}), {card(0)});
  HypervisorInfo xen = xen_with(4096);
  CHECK(check_xen(passing, xen).empty());
  xen.iommu = false;
  CHECK(check_xen(plain, xen).empty());
  REQUIRE(check_xen(passing, xen).size() == 1);
  CHECK(check_xen(passing, xen)[0].text.starts_with(
      "cannot pass PCI devices: Xen uses no IOMMU; switch on VT-d or AMD-Vi"));
  xen.hvm = false;
  REQUIRE(check_xen(passing, xen).size() == 2);
  CHECK(check_xen(passing, xen)[0].text.starts_with("cannot run an HVM guest: "));
  CHECK(check_xen(passing, xen)[0].code == ExitCode::xen);
}

TEST_CASE("memory has to be free for the guest and for what Xen needs for it") {
  // 256 MiB, 1 MiB of slack, a paging pool of 3 MiB, 4 MiB for the domain itself
  const LaunchPlan plan = plan_of(vm_with({}), {});
  CHECK(check_xen(plan, xen_with(264)).empty());
  CHECK(check_xen(plan, xen_with(263)) ==
        Problems{{ExitCode::xen,
                  "cannot give the guest 256 MiB: with what Xen itself needs for it that is 264 "
                  "MiB, and 263 MiB are free; lower memory, end other VMs, or make dom0 smaller "
                  "(dom0_mem= on Xen's command line)"}});
}

struct Owners : World {
  Problems check(const VmConfig& vm, const std::vector<PciFunction>& functions) {
    return check_owners(plan_of(vm, functions), store, xen);
  }
  void add_domain(Domid domid, const std::string& name, const std::string& uuid) {
    xen.domains[domid] = {.domid = domid};
    const std::string path = "/local/domain/" + std::to_string(domid);
    store.nodes[path + "/name"] = name;
    store.nodes[path + "/vm"] = "/vm/" + uuid;
  }
};

TEST_CASE("a name, uuid or device of a VM that lives is taken") {
  Owners world;
  world.add_domain(3, "vm", "U");
  world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "3";
  VmConfig vm = vm_with({card(0)});
  vm.uuid = "U";
  CHECK(world.check(vm, {card(0)}) ==
        Problems{{ExitCode::host, "cannot use the name vm: domain 3 has it"},
                 {ExitCode::host, "cannot use the uuid U: vm (domain 3) has it"},
                 {ExitCode::host, "cannot pass 0000:01:00.0: vm (domain 3) has it"}});
}

TEST_CASE("what a VM left that is no more is free") {
  Owners world;
  world.add_domain(3, "vm", "U");
  world.xen.domains.erase(3);
  world.store.nodes["/libxl/pci/0000-01-00-0/domid"] = "3";
  world.store.nodes["/local/domain/x/name"] = "vm";
  VmConfig vm = vm_with({card(0)});
  vm.uuid = "U";
  CHECK(world.check(vm, {card(0)}).empty());
  CHECK(world.journal.lines.empty());
}

TEST_CASE("all problems are refused at once, with the first one's status") {
  CHECK(error_of([] { refuse({}); }).empty());
  CHECK(error_of([] { refuse({{ExitCode::xen, "a"}, {ExitCode::host, "b"}}); }) == "5: a\nb");
}

TEST_CASE("a GPU that dom0 needs is refused, for every reason there is") {
  VmConfig vm = vm_with({{0, 0, 2, 0}, {0, 0, 3, 0}});
  const LaunchPlan plan =
      resolve(vm, {.functions = {igd(), sound()}, .pciback_loaded = true}, settings());
  CHECK(passes_a_gpu(plan));
  const auto gpu = [](const PciFunction& function, std::vector<std::string> why_not) {
    return Gpu{.function = function, .why_not = std::move(why_not)};
  };
  CHECK(check_gpus(plan, {gpu(igd(), {})}) == Problems{});
  CHECK(check_gpus(plan, {gpu(card(0), {"It is needed."})}) == Problems{});
  CHECK(check_gpus(plan, {gpu(igd(), {"It is needed.", "Dom0 uses it."})}) ==
        Problems{{ExitCode::host, "cannot pass 0000:00:02.0: it is needed"},
                 {ExitCode::host, "cannot pass 0000:00:02.0: dom0 uses it"}});
  CHECK(check_gpu("take it", igd().address, {gpu(igd(), {"It is needed."})}) ==
        Problems{{ExitCode::host, "cannot take it: it is needed"}});
  CHECK(check_gpu("take it", sound().address, {gpu(igd(), {"It is needed."})}) == Problems{});
}

TEST_CASE("a VM without a GPU needs none looked at") {
  const VmConfig vm = vm_with({{0, 0, 3, 0}});
  CHECK_FALSE(
      passes_a_gpu(resolve(vm, {.functions = {sound()}, .pciback_loaded = true}, settings())));
}

}  // namespace
}  // namespace xenlaunch::test
