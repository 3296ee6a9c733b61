#include "launcher/checks/facts_reader.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <csignal>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "base/error.h"
#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

/// Answers by the arguments behind the program; what it has no answer to cannot be run.
class ScriptedPrograms final : public Programs {
 public:
  std::map<std::string, ProgramResult> answers;

  ProgramResult run(const std::vector<std::string>& argv, std::chrono::seconds,
                    const std::string&) override {
    std::string arguments;
    for (std::size_t i = 1; i < argv.size(); ++i)
      arguments += (arguments.empty() ? "" : " ") + argv[i];
    const auto answer = answers.find(arguments);
    if (answer == answers.end()) throw Error{ExitCode::host, "cannot run it: " + arguments};
    return answer->second;
  }
};

struct Qemu {
  TemporaryTree tree;
  ScriptedPrograms programs;

  Qemu() {
    tree.write("qemu", "x");
    ::chmod(tree.path("qemu").c_str(), 0700);
    programs.answers = {
        {"-help", {0, "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)\nCopyright\n", ""}},
        {"-device help", {0, "name \"xen-pci-passthrough\", bus PCI\n", ""}},
        {"-machine xenfv,igd-passthru=probe",
         {1, "",
          "can't apply global xen-accel.igd-passthru=probe: Parameter 'igd-passthru' expects 'on' "
          "or 'off'\n"}}};
  }
  QemuFacts ask() { return read_qemu_facts(tree.path("qemu"), programs, {}); }
};

TEST_CASE("a QEMU that can pass GPUs says so") {
  Qemu host;
  const QemuFacts qemu = host.ask();
  CHECK(qemu.path == host.tree.path("qemu"));
  CHECK(qemu.problem == std::nullopt);
  CHECK(qemu.version == "7.2.22");
  CHECK(qemu.has_pci_passthrough == true);
  CHECK(qemu.has_igd_passthru == true);
  CHECK(qemu.unrestricted_because == "it knows neither -run-with user= nor -runas and -chroot");
}

TEST_CASE("a QEMU that was not built for it says so too") {
  Qemu host;
  host.programs.answers["-help"].output = "something else";
  host.programs.answers["-device help"].output = "name \"e1000\", bus PCI\n";
  host.programs.answers["-machine xenfv,igd-passthru=probe"].errors =
      "Property 'xenfv-3.1-machine.igd-passthru' not found\n";
  CHECK(host.ask().version == "");
  CHECK(host.ask().has_pci_passthrough == false);
  CHECK(host.ask().has_igd_passthru == false);
  host.programs.answers["-machine xenfv,igd-passthru=probe"].errors = "unsupported machine type\n";
  CHECK(host.ask().has_igd_passthru == false);
}

TEST_CASE("a QEMU that is missing, or does not run, has a problem") {
  Qemu host;
  CHECK(read_qemu_facts("/nowhere/qemu", host.programs, {}).problem == "No such file or directory");
  host.programs.answers["-help"] = {127, "", "libfoo.so: cannot open shared object\n"};
  CHECK(host.ask().problem == "-help ended with status 127: libfoo.so: cannot open shared object");
  host.programs.answers["-help"] = {SIGKILL, "", "", ProgramEnd::timed_out};
  CHECK(host.ask().problem == "it did not answer within 10 s");
  host.programs.answers.clear();
  CHECK(host.ask().problem == "cannot run it: -help");
}

TEST_CASE("what a QEMU could not be asked is not known, for the reason told") {
  Qemu host;
  host.programs.answers["-device help"] = {SIGKILL, "", "", ProgramEnd::timed_out};
  QemuFacts qemu = host.ask();
  CHECK(qemu.problem == std::nullopt);
  CHECK(qemu.has_pci_passthrough == std::nullopt);
  CHECK(qemu.has_igd_passthru == true);
  CHECK(qemu.unknown_because == "it did not answer within 10 s");

  host.programs.answers["-device help"] = {1, "", "out of memory\n"};
  CHECK(host.ask().has_pci_passthrough == std::nullopt);
  CHECK(host.ask().unknown_because == "-device help ended with status 1: out of memory");

  host.programs.answers["-device help"] = {0, "name \"xen-pci-passthrough\", bus PCI\n", ""};
  host.programs.answers["-machine xenfv,igd-passthru=probe"] = {SIGSEGV, "", "",
                                                                ProgramEnd::signalled};
  qemu = host.ask();
  CHECK(qemu.has_pci_passthrough == true);
  CHECK(qemu.has_igd_passthru == std::nullopt);
  CHECK(qemu.unknown_because ==
        "-machine xenfv,igd-passthru=probe was killed by signal 11 (Segmentation fault)");

  host.programs.answers.erase("-machine xenfv,igd-passthru=probe");
  CHECK(host.ask().has_igd_passthru == std::nullopt);
  CHECK(host.ask().unknown_because == "cannot run it: -machine xenfv,igd-passthru=probe");
}

TEST_CASE("the host's files are read, and what cannot be read is not known") {
  TemporaryTree tree;
  ScriptedPrograms programs;
  const HostSettings settings;
  DoctorFacts facts = read_doctor_facts(tree.root(), settings, unreachable_host, programs);
  CHECK_FALSE(facts.running_under_xen);
  CHECK(facts.is_copy);
  CHECK(facts.processor == ProcessorVendor::other);
  CHECK(facts.secure_boot == false);
  CHECK(facts.lockdown == std::nullopt);
  CHECK(facts.built_for_xen.starts_with("4."));

  tree.write("xen-commandline", "iommu=off\n");
  tree.write("proc/cpuinfo",
             "processor\t: 0\nvendor_id\t: GenuineIntel\nflags\t\t: fpu vmx\n\nvendor_id : "
             "AuthenticAMD\n");
  tree.write("proc/17/comm", "xenconsoled\n");
  tree.write("sys/firmware/acpi/tables/RMAD", "not a table");
  tree.write("sys/class/iommu/dmar0/x", "");
  tree.write("sys/kernel/security/lockdown", "none [integrity] confidentiality\n");
  tree.write("sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c",
             std::string{"\6\0\0\0\1", 5});
  facts = read_doctor_facts(tree.root(), settings, unreachable_host, programs);
  CHECK(facts.running_under_xen);
  CHECK(facts.processor == ProcessorVendor::intel);
  CHECK(facts.has_vmx);
  CHECK_FALSE(facts.has_svm);
  CHECK(facts.has_dmar);
  CHECK_FALSE(facts.has_ivrs);
  CHECK(facts.iommus == 1);
  CHECK(facts.devices.table_problems.size() == 1);
  CHECK(facts.xenconsoled_runs);
  CHECK(facts.lockdown == "none [integrity] confidentiality");
  CHECK(facts.secure_boot == true);
}

Run doctor(std::vector<std::string> args) {
  args.insert(args.begin(), {"host", "doctor"});
  return run_on(unreachable_host, args);
}

TEST_CASE("host doctor tells of a copied host what its files say, and that it could not ask") {
  const Run run = doctor({"--root", testing::machine("hd4600-and-nvidia")});
  CHECK(run.status == 0);
  CHECK(run.err == "");
  CHECK(run.out.starts_with(
      "warning  xen                    This is a copy of another host's files: "));
  CHECK(
      run.out.find(
          "\nwarning  primary_card           The primary card 0000:00:02.0 (Intel Corporation ") !=
      std::string::npos);
  CHECK(run.out.find("List 0000:01:00.1 under pci in the VM file, beside 0000:01:00.0.") !=
        std::string::npos);
  CHECK(run.out.ends_with("\nAs far as its files tell, this host can pass a graphics card.\n"));
  const Run alone = doctor({"--root", testing::machine("hd4600")});
  CHECK(alone.status == 4);
  CHECK(alone.out.find("\nproblem  primary_card ") != std::string::npos);
  CHECK(alone.out.ends_with("\nThis host cannot pass a graphics card as things are.\n"));
}

TEST_CASE("host doctor as JSON has the same checks with stable keys") {
  const Run run = doctor({"--root", testing::machine("hd4600-and-nvidia"), "--json"});
  CHECK(run.status == 0);
  const nlohmann::json document = nlohmann::json::parse(run.out);
  CHECK(document.at("can_pass_a_gpu") == true);
  CHECK(document.at("xen") == nullptr);
  for (const nlohmann::json& check : document.at("checks")) {
    CAPTURE(check.dump());
    CHECK(check.size() == 4);
    CHECK_FALSE(check.at("check").get<std::string>().empty());
    CHECK_FALSE(check.at("text").get<std::string>().empty());
    CHECK((check.at("status") == "ok") == check.at("remedy").get<std::string>().empty());
  }
}

}  // namespace
}  // namespace xenlaunch::test
