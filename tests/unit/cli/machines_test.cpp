#include <doctest/doctest.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/run.h"

namespace xenlaunch::test {
namespace {

/// What `args` do with the files of `machine`.
Run run_below(const std::string& machine, std::vector<std::string> args) {
  args.insert(args.end(), {"--root", testing::machine(machine)});
  return run_on(unreachable_host, args);
}

std::string vm_file(const std::string& name) {
  return testing::source_folder() / "tests/fixtures/machines" / name;
}

bool is_one_of(int status, const std::vector<int>& expected) {
  return std::ranges::find(expected, status) != expected.end();
}

TEST_CASE("every machine is read whole by the commands that look at a host") {
  for (const std::string& name : testing::machine_names()) {
    CAPTURE(name);
    for (const char* const group : {"pci", "gpu"}) {
      const Run list = run_below(name, {group, "list", "--json"});
      CHECK(list.status == 0);
      CHECK_FALSE(nlohmann::json::parse(list.out).empty());
    }
    CHECK(run_below(name, {"host", "display"}).status == 0);
    const Run doctor = run_below(name, {"host", "doctor", "--json"});
    CHECK(doctor.status ==
          (nlohmann::json::parse(doctor.out).at("can_pass_a_gpu").get<bool>() ? 0 : 4));
  }
}

TEST_CASE("a VM file beside a machine is right for it, or refused as its own or the host's fault") {
  for (const std::string& name : testing::machine_names()) {
    for (const std::string& vm : testing::vm_files_beside(name)) {
      CAPTURE(name);
      CAPTURE(vm);
      const Run check = run_below(name, {"check", vm});
      CHECK(is_one_of(check.status, {0, 3, 4, 5}));
      CHECK((check.err.find("xenlaunch: error: ") != std::string::npos) == (check.status != 0));
      const Run dry_run = run_below(name, {"run", "--dry-run", "-q", vm});
      CHECK(is_one_of(dry_run.status, {0, 3, 4}));
      CHECK(dry_run.out.empty() == (dry_run.status != 0));
      // What a dry run can tell, check tells too.
      if (dry_run.status != 0) CHECK(check.status == dry_run.status);
    }
  }
}

/// The finding of that code, of the first GPU that has it.
nlohmann::json finding_of(const Run& list, const std::string& code) {
  for (const nlohmann::json& gpu : nlohmann::json::parse(list.out))
    for (const nlohmann::json& finding : gpu.at("findings"))
      if (finding.at("code") == code) return finding;
  return {};
}

TEST_CASE("a card that pciback holds by an option of modprobe's is disabled") {
  const Run list = run_below("hidden-by-modprobe/host", {"gpu", "list", "--json"});
  CHECK(list.err.empty());
  for (const nlohmann::json& gpu : nlohmann::json::parse(list.out))
    if (gpu.at("address") == "0000:01:00.0") CHECK(gpu.at("dom0_access") == "disabled");
  CHECK(run_below("hidden-by-modprobe/host", {"check", vm_file("hidden-by-modprobe/vm.yaml")})
            .err.find("dom0 access") == std::string::npos);
}

TEST_CASE("a hide parameter that pciback refuses is quoted as the reason, in every command") {
  const std::string reason =
      "pciback does not understand '(0b::00.1)' in xen-pciback.hide=(0b:00.0)(0b::00.1) on dom0's "
      "command line, and refuses to load with it";
  for (const char* const machine : {"garbled-hide/host", "garbled-hide/host-no-pciback"}) {
    CAPTURE(machine);
    const Run list = run_below(machine, {"gpu", "list", "--json"});
    CHECK(finding_of(list, "hide_not_understood").at("reason") == reason);
    CHECK(run_below(machine, {"host", "doctor"}).out.find("'(0b::00.1)'") != std::string::npos);
    const Run check = run_below(machine, {"check", "--json", vm_file("garbled-hide/vm.yaml")});
    CHECK(check.out.find("'(0b::00.1)'") != std::string::npos);
  }
  const nlohmann::json missing = finding_of(
      run_below("garbled-hide/host-no-pciback", {"gpu", "list", "--json"}), "pciback_missing");
  CHECK(missing.at("reason") == "pciback is not there, since " + reason);
  CHECK(missing.at("remedy").get<std::string>().find("modprobe") == std::string::npos);
}

TEST_CASE("of GRUB's entries the one that boots decides, and what is no Xen is named") {
  const auto display = [](const char* machine) {
    return run_below(std::string{"grub-entries/"} + machine, {"host", "display"});
  };
  CHECK(display("a-path-of-ids") == Run{0, "disabled\n", ""});
  CHECK(display("d-saved") == Run{0, "disabled\n", ""});
  CHECK(display("g-tboot") == Run{0, "disabled\n", ""});
  CHECK(display("e-next-entry-windows") ==
        Run{0, "enable_on_reboot\n",
            "xenlaunch: warning: the next boot starts no Xen but bootmgfw.efi: the one-time entry "
            "`next_entry=osprober-efi-1234` in grubenv decides; take it back with `grub-editenv - "
            "unset next_entry`\n"});
}

}  // namespace
}  // namespace xenlaunch::test
