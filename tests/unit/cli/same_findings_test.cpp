// Every command says the same of the same card, on every machine there is.
#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <regex>
#include <set>

#include "launcher/checks/device_findings.h"
#include "launcher/cli/finding_json.h"
#include "launcher/config/host_settings_reader.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/host/host_reader.h"
#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using nlohmann::json;
using testing::TemporaryTree;

struct Answer {
  int status;
  json document;
};

Answer ask(const std::string& root, std::vector<std::string> args) {
  args.insert(args.end(), {"--json", "--root", root});
  const Run run = run_on(unreachable_host, args);
  return {run.status, json::parse(run.out)};
}

/// The findings that `is_wanted` takes, each as one line.
template <typename IsWanted>
std::vector<std::string> lines(const json& findings, IsWanted is_wanted) {
  std::vector<std::string> all;
  for (const json& finding : findings)
    if (is_wanted(finding)) all.push_back(finding.dump());
  return all;
}

/// What is not known of the boots stands beside what they decide, once.
bool is_of_devices(const json& finding) {
  return finding.at("code") != "boot_not_known";
}

bool is_blocking(const json& finding) {
  return finding.at("severity") == "blocks";
}

/// As `pci assign` asks, which has no --root.
json assign_findings(const std::string& root, const PciAddress& address) {
  const HostSettings settings =
      read_host_settings(std::filesystem::path{root} / "etc/xenlaunch/host.yaml");
  const HostPci pci = read_host_pci(root, {address});
  DeviceFacts facts = read_device_facts(root, pci, settings, nullptr);
  facts.dom0_needs = read_dom0_needs(root, {*pci.find(address)});
  return findings_json(findings_of(std::vector{*pci.find(address)}, facts));
}

/// The functions that a text names and the host below `root` has not.
std::vector<std::string> named_but_not_there(const std::string& text, const std::string& root) {
  static const std::regex address{"[0-9a-f]{4,8}:[0-9a-f]{2}:[0-9a-f]{2}\\.[0-7]"};
  std::vector<std::string> missing;
  for (std::sregex_iterator found{text.begin(), text.end(), address}, end; found != end; ++found)
    if (!std::filesystem::exists(root + "/sys/bus/pci/devices/" + found->str()))
      missing.push_back(found->str());
  return missing;
}

/// Compares what the commands say of each GPU below `root`; adds the codes that block to `codes`.
void compare(const std::string& root, std::set<std::string>& codes) {
  const TemporaryTree vm;
  const json doctor = ask(root, {"host", "doctor"}).document.at("findings");
  const json gpus = ask(root, {"gpu", "list"}).document;
  for (const json& gpu : gpus) {
    const auto address = gpu.at("address").get<std::string>();
    CAPTURE(address);
    const json& findings = gpu.at("findings");
    const std::vector<std::string> known = lines(findings, is_of_devices);
    const std::vector<std::string> blocking = lines(findings, is_blocking);
    vm.write("vm.yaml", "name: a\nmemory: 2GiB\npci: ['" + address + "']\n");
    const Answer check = ask(root, {"check", vm.path("vm.yaml")});
    CHECK(lines(check.document.at("findings"), is_of_devices) == known);
    CHECK((check.status == 0) == blocking.empty());
    CHECK(check.document.at("problems").empty() == blocking.empty());
    CHECK(lines(doctor, [&address](const json& finding) {
            return finding.at("subject") == address || finding.at("subject") == "host";
          }) == known);
    CHECK(lines(assign_findings(root, *PciAddress::parse(address)), is_blocking) == blocking);
    CHECK(gpu.at("why_not").size() == blocking.size());
    for (const json& finding : findings)
      if (is_blocking(finding)) codes.insert(finding.at("code").get<std::string>());
  }
}

TEST_CASE("gpu list, check, the doctor and pci assign find the same of each GPU of each machine") {
  std::set<std::string> codes;
  for (const std::string& name : testing::machine_names()) {
    CAPTURE(name);
    compare(testing::machine(name), codes);
  }
  // The machines are not all alike.
  for (const char* code :
       {"dom0_has_access", "host_display_on", "vendor_not_listed", "in_use_by_dom0", "no_answer",
        "firmware_framebuffer", "shares_reserved_memory", "no_video_bios", "no_iommu",
        "igd_outside_iommu", "virtual_functions_in_use", "segment_beyond_xen"}) {
    CAPTURE(code);
    CHECK(codes.contains(code));
  }
}

TEST_CASE("no remedy names a function that is not there") {
  for (const std::string& name : testing::machine_names()) {
    CAPTURE(name);
    const std::string root = testing::machine(name);
    const json doctor = ask(root, {"host", "doctor"}).document;
    std::string remedies;
    for (const json& one : doctor.at("checks")) remedies += one.at("remedy").get<std::string>();
    for (const json& one : doctor.at("findings")) remedies += one.at("remedy").get<std::string>();
    for (const std::string& vm : testing::vm_files_beside(name)) {
      const json check = ask(root, {"check", vm}).document;
      for (const json& one : check.at("findings")) remedies += one.at("remedy").get<std::string>();
    }
    CHECK(named_but_not_there(remedies, root) == std::vector<std::string>{});
  }
}

TEST_CASE(
    "they find the same where QEMU cannot pass the GPU, pciback is not there, or dom0 needs it") {
  const std::string igd = "sys/bus/pci/devices/0000:00:02.0/";
  const auto with_change = [](auto change, const std::string& code) {
    const TemporaryTree tree;
    std::filesystem::copy(testing::machine("hd4600"), tree.root(),
                          std::filesystem::copy_options::recursive |
                              std::filesystem::copy_options::copy_symlinks |
                              std::filesystem::copy_options::overwrite_existing);
    change(tree);
    std::set<std::string> codes;
    compare(tree.root().string(), codes);
    CAPTURE(code);
    CHECK(codes.contains(code));
  };
  with_change([&](const TemporaryTree& tree) { tree.remove(igd + "rom"); }, "no_video_bios");
  with_change([&](const TemporaryTree& tree) { tree.write(igd + "class", "0x038000\n"); },
              "not_an_intel_vga");
  with_change(
      [&](const TemporaryTree& tree) { tree.write(igd + "config", std::string(64, '\xff')); },
      "no_answer");
  with_change([](const TemporaryTree& tree) { tree.remove("sys/bus/pci/drivers/pciback"); },
              "pciback_missing");
  with_change(
      [](const TemporaryTree& tree) {
        tree.link("sys/class/net/eth0", "../../devices/pci0000:00/0000:00:02.0/net/eth0");
        tree.write("proc/net/route", "eth0 00000000 0100000A 0003 0 0 0 00000000 0 0 0\n");
      },
      "dom0_lives_on_it");
}

}  // namespace
}  // namespace xenlaunch::test
