#include "tests/unit/cli/vm_host.h"

namespace xenlaunch::test {
namespace {

std::string number(pid_t pid) {
  return std::to_string(pid);
}

TEST_CASE("list and status are whole JSON documents") {
  VmHost vm;
  CHECK(vm.run({"list", "--json"}) == Run{0, "[]\n", ""});
  vm.add_win10();
  const LauncherDouble launcher{vm};
  const std::string document = R"({
  "name": "win10",
  "state": "running",
  "domid": 7,
  "uuid": "12345678-1234-4234-8234-123456789abc",
  "owns_domain": true,
  "memory_mib": 2048,
  "vcpus": 2,
  "launcher": {
    "pid": )" + number(launcher.pid()) +
                               R"(,
    "command": "xenlaunch run win10"
  },
  "qemu": null,
  "pci": [
    "0000:01:00.0"
  ],
  "to_undo": [
    "destroy_domain",
    "forget_driver"
  ],
  "vnc": null,
  "log": ")" + vm.tree.path("log/win10.log") +
                               R"(",
  "problem": null
}
)";
  CHECK(vm.run({"status", "win10", "--json"}) == Run{0, document, ""});
  std::string list = "[\n";
  std::istringstream lines{document};
  for (std::string line; std::getline(lines, line);) list += "  " + line + "\n";
  CHECK(vm.run({"list", "--json"}) == Run{0, list + "]\n", ""});
}

TEST_CASE("list prints a line a VM") {
  VmHost vm;
  CHECK(vm.run({"list"}) == Run{0, "no VM\n", ""});
  vm.add_win10();
  CHECK(vm.run({"list"}) ==
        Run{0, "win10                 broken          7    2048MiB  0000:01:00.0\n", ""});
  const LauncherDouble launcher{vm};
  vm.folder("other").make("");
  CHECK(vm.run({"list"}) ==
        Run{0,
            "other                 broken          -          -  -\n"
            "win10                 running         7    2048MiB  0000:01:00.0\n",
            ""});
}

TEST_CASE("status prints what is known of a VM, for people") {
  VmHost vm;
  vm.add_win10();
  const std::string log = "  log       " + vm.tree.path("log/win10.log") + "\n";
  {
    const LauncherDouble launcher{vm};
    CHECK(vm.run({"status", "win10"}) ==
          Run{0,
              "win10: running\n"
              "  domain    7\n"
              "  memory    2048MiB, 2 vCPUs\n"
              "  devices   0000:01:00.0\n"
              "  launcher  process " +
                  number(launcher.pid()) + " (xenlaunch run win10)\n" + log,
              ""});
  }
  vm.xen.domains.erase(7);
  CHECK(vm.run({"status", "win10"}) == Run{0,
                                           "win10: broken\n"
                                           "  domain    7, which Xen no longer has\n"
                                           "  devices   0000:01:00.0\n"
                                           "  launcher  none; `xenlaunch recover` sees to it\n" +
                                               log,
                                           ""});
}

TEST_CASE("status tells why a journal is not believed, and takes nothing from it") {
  VmHost vm;
  vm.add_win10();
  vm.tree.write("run/win10/journal", "nonsense\n");
  const Run run = vm.run({"status", "win10"});
  CHECK(run.status == 0);
  CHECK(run.out.starts_with("win10: broken\n  devices   -\n"));
  CHECK(run.out.find("\n  problem   cannot ") != std::string::npos);
}

}  // namespace
}  // namespace xenlaunch::test
