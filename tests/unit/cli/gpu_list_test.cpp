#include <doctest/doctest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

using nlohmann::json;
using testing::machine;

Run run_below(const std::string& root, std::vector<std::string> args) {
  args.insert(args.end(), {"--root", root});
  return run_on(unreachable_host, args);
}

/// A GPU in short: "ADDRESS ID DRIVER [integrated] [system] STATE [passthrough] REASONS".
std::string summary(const json& gpu) {
  const auto flag = [&gpu](const char* key, const std::string& word) {
    return gpu.at(key).get<bool>() ? word + " " : "";
  };
  const json& driver = gpu.at("driver");
  return gpu.at("address").get<std::string>() + " " + gpu.at("vendor").get<std::string>() + ":" +
         gpu.at("device").get<std::string>() + " " +
         (driver.is_null() ? "-" : driver.get<std::string>()) + " " +
         flag("integrated", "integrated") + flag("is_system_display_device", "system") +
         gpu.at("dom0_access").get<std::string>() + " " +
         (gpu.at("supported_vgpu_types") == json{"passthrough"} ? "passthrough " : "") +
         std::to_string(gpu.at("why_not").size());
}

std::vector<std::string> summaries(const std::string& name) {
  const Run list = run_below(machine(name), {"gpu", "list", "--json"});
  CHECK(list.status == 0);
  CHECK(list.err == "");
  std::vector<std::string> all;
  for (const json& gpu : json::parse(list.out)) all.push_back(summary(gpu));
  return all;
}

using Lines = std::vector<std::string>;

TEST_CASE("gpu list: an Intel desktop with HD Graphics 4600 and nothing else") {
  CHECK(summaries("hd4600") == Lines{"0000:00:02.0 8086:0412 i915 integrated system enabled 2"});
}

TEST_CASE("gpu list: the same with a discrete NVIDIA card that is hidden, by its short address") {
  CHECK(summaries("hd4600-and-nvidia") ==
        Lines{"0000:00:02.0 8086:0412 i915 integrated system enabled 2",
              "0000:01:00.0 10de:1b80 pciback disabled passthrough 0"});
}

TEST_CASE("gpu list: a server whose primary card is an ASPEED, its display disabled") {
  CHECK(summaries("aspeed-server") ==
        Lines{"0000:04:00.0 1a03:2000 ast system enabled 2",
              "0000:65:00.0 10de:1eb8 nouveau enabled passthrough 0"});
}

TEST_CASE("gpu list: two AMD cards, one of them hidden at the next boot") {
  CHECK(summaries("two-amd") ==
        Lines{"0000:03:00.0 1002:73bf amdgpu system enabled 3",
              "0000:06:00.0 1002:73bf amdgpu disable_on_reboot passthrough 0"});
}

TEST_CASE("gpu list: an SR-IOV GPU is listed, its VFs are not") {
  CHECK(summaries("sriov-gpu") == Lines{"0000:04:00.0 1a03:2000 ast system enabled 3",
                                        "0000:4d:00.0 8086:56c0 i915 enabled passthrough 0"});
}

TEST_CASE("gpu list: an Intel GPU on segment 1 is not the integrated one") {
  CHECK(summaries("segment-1") == Lines{"0000:05:00.0 1002:15d8 - system enabled 3",
                                        "0001:00:02.0 8086:9bc5 - enabled passthrough 0"});
}

TEST_CASE("gpu list tells everything of a GPU as JSON") {
  const json gpu =
      json::parse(run_below(machine("hd4600-and-nvidia"), {"gpu", "list", "--json"}).out).at(1);
  CHECK(gpu.at("vendor_name") == "NVIDIA Corporation");
  CHECK(gpu.at("device_name") == "GP104 [GeForce GTX 1080]");
  std::vector<std::string> keys;
  for (const auto& [key, value] : gpu.items()) keys.push_back(key);
  std::ranges::sort(keys);
  CHECK(keys == std::vector<std::string>{
                    "address", "class", "device", "device_name", "dom0_access", "driver",
                    "findings", "free", "integrated", "is_system_display_device", "owner",
                    "reset_methods", "supported_vgpu_types", "vendor", "vendor_name", "why_not"});
}

TEST_CASE("gpu list for people names the card, its states and each reason") {
  const std::string text = run_below(machine("hd4600-and-nvidia"), {"gpu", "list"}).out;
  CHECK(text.starts_with(
      "0000:00:02.0  Intel Corporation Xeon E3-1200 v3/4th Gen Core Processor Integrated Graphics "
      "Controller  [8086:0412] class 030000\n"
      "    driver i915, "));
  CHECK(text.find(", integrated, system display device\n    dom0_access enabled, cannot be passed\n"
                  "    - It is the system display device, and dom0 access to it is enabled; ") !=
        std::string::npos);
  CHECK(text.find("    dom0_access disabled, passthrough\n") != std::string::npos);
}

TEST_CASE("host display says the state of each host") {
  for (const auto& [name, state] :
       std::map<std::string, std::string>{{"hd4600", "enabled"},
                                          {"hd4600-and-nvidia", "enabled"},
                                          {"aspeed-server", "disabled"},
                                          {"two-amd", "enabled"},
                                          {"sriov-gpu", "enabled"},
                                          {"segment-1", "enabled"}}) {
    CAPTURE(name);
    CHECK(run_below(machine(name), {"host", "display"}).out == state + "\n");
    CHECK(json::parse(run_below(machine(name), {"host", "display", "--json"}).out) ==
          json{{"display", state}});
  }
}

TEST_CASE("a host whose boot configuration is not known is told of, with the states of this boot") {
  const testing::TemporaryTree tree;
  tree.write("proc/cmdline", "console=hvc0\n");
  const Run display = run_below(tree.root().string(), {"host", "display"});
  CHECK(display.status == 0);
  CHECK(display.out == "disabled\n");
  CHECK(
      display.err ==
      "xenlaunch: warning: no Xen runs here now\n"
      "xenlaunch: warning: what the next boot does is not known: there is neither xen-cmdline nor "
      "/boot/grub/grub.cfg; the states are those of this boot\n");
  CHECK(run_below(tree.root().string(), {"gpu", "list"}).out == "no GPU\n");
  CHECK(run_below(tree.root().string(), {"gpu", "list", "--json"}).out == "[]\n");
}

TEST_CASE("nothing is changed below another root") {
  const std::string refusal =
      "xenlaunch: error: cannot change the boot configuration below --root: that is a copy of "
      "another host's files\n";
  for (const std::vector<std::string>& args : {std::vector<std::string>{"host", "disable-display"},
                                               {"host", "enable-display"},
                                               {"gpu", "disable-dom0-access", "00:02.0"},
                                               {"gpu", "enable-dom0-access", "00:02.0"}}) {
    const Run run = run_below(machine("hd4600"), args);
    CHECK(run.status == 2);
    CHECK(run.out == "");
    CHECK(run.err == refusal);
  }
}

TEST_CASE("the settings below the root hold, and their mistakes are told") {
  const testing::TemporaryTree tree;
  std::filesystem::copy(machine("hd4600"), tree.root(),
                        std::filesystem::copy_options::recursive |
                            std::filesystem::copy_options::copy_symlinks |
                            std::filesystem::copy_options::overwrite_existing);
  tree.write("etc/xenlaunch/host.yaml", "integrated_vendors: []\n");
  CHECK(
      summary(json::parse(run_below(tree.root().string(), {"gpu", "list", "--json"}).out).at(0)) ==
      "0000:00:02.0 8086:0412 i915 system enabled 3");
  tree.write("etc/xenlaunch/host.yaml", "integrated: []\n");
  const Run run = run_below(tree.root().string(), {"gpu", "list"});
  CHECK(run.status == 4);
  CHECK(run.err.find("/etc/xenlaunch/host.yaml:1:1: integrated: ") != std::string::npos);
}

TEST_CASE("check below a root refuses the system display device") {
  const testing::TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: [\"0000:00:02.0\"]\n");
  const Run run = run_below(machine("hd4600"), {"check", tree.path("vm.yaml")});
  CHECK(run.status == 4);
  CHECK(run.err.find("cannot pass 0000:00:02.0: it is the system display device, and dom0 access "
                     "to it is enabled; run "
                     "`xenlaunch gpu disable-dom0-access 0000:00:02.0` and reboot the host\n") !=
        std::string::npos);
}

}  // namespace
}  // namespace xenlaunch::test
