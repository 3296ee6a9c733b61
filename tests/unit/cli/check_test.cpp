#include <nlohmann/json.hpp>

#include "tests/unit/cli/igd_host.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

TEST_CASE("check says that nothing stands in the way, or what does, as text or JSON") {
  CHECK(run({"check", igd_file, "--root", igd_host()}).out ==
        igd_file + ": nothing stands in the way that the files below " + igd_host() +
            " could tell\n");
  const Run good = run({"check", igd_file, "--root", igd_host(), "--json"});
  CHECK(good.status == 0);
  CHECK(nlohmann::json::parse(good.out) ==
        nlohmann::json{{"vm_file", igd_file},
                       {"vm", "igd"},
                       {"pci", {{{"address", "0000:00:02.0"}, {"id", nullptr}}}},
                       {"problems", nlohmann::json::array()},
                       {"findings", nlohmann::json::array()},
                       {"chosen", nlohmann::json::array()}});
  const std::string other = source_dir + "/configs/two-functions.yaml";
  const Run bad = run({"check", other, "--root", igd_host(), "--json"});
  CHECK(bad.status == 4);
  CHECK(bad.err.empty());
  const std::string tail =
      ": there is no such device; this host's graphics cards are 0000:00:02.0 (8086:0412)";
  const auto missing = [](const std::string& address) {
    return nlohmann::json{{"code", "device_missing"},
                          {"subject", address},
                          {"severity", "blocks"},
                          {"reason", "there is no such device"},
                          {"remedy", "this host's graphics cards are 0000:00:02.0 (8086:0412)"}};
  };
  CHECK(nlohmann::json::parse(bad.out) ==
        nlohmann::json{
            {"vm_file", other},
            {"vm", "two-functions"},
            {"pci",
             {{{"address", "0000:00:0a.0"}, {"id", nullptr}},
              {{"address", "0000:00:0a.1"}, {"id", nullptr}}}},
            {"problems", {"cannot pass 0000:00:0a.0" + tail, "cannot pass 0000:00:0a.1" + tail}},
            {"findings", {missing("0000:00:0a.0"), missing("0000:00:0a.1")}},
            {"chosen", nlohmann::json::array()}});
}

TEST_CASE("check names the VM and its devices also where this host has none of them") {
  const TemporaryTree tree;
  tree.write("vm.yaml",
             "name: a\nmemory: 1GiB\npci: [{address: '00:06.0', expect: '10de:2684'}]\n");
  const Run bad = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(bad.status == 4);
  const nlohmann::json document = nlohmann::json::parse(bad.out);
  CHECK(document.at("vm") == "a");
  CHECK(document.at("pci") == nlohmann::json{{{"address", "0000:00:06.0"}, {"id", "10de:2684"}}});
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\npci: [{select: {id: '10de:2684'}}]\n");
  const Run none = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(nlohmann::json::parse(none.out).at("pci") ==
        nlohmann::json{{{"address", nullptr}, {"id", "10de:2684"}}});
}

TEST_CASE("check tells each line of what is wrong with a VM file as a finding") {
  const TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\nvcpus: x\nbogus: 1\n");
  const Run bad = run({"check", tree.path("vm.yaml"), "--root", igd_host(), "--json"});
  CHECK(bad.status == 3);
  const nlohmann::json document = nlohmann::json::parse(bad.out);
  CHECK(document.at("vm") == nullptr);
  CHECK(document.at("pci") == nullptr);
  REQUIRE(document.at("findings").size() == 2);
  for (std::size_t i = 0; i < 2; ++i) {
    const nlohmann::json& finding = document.at("findings").at(i);
    CHECK(finding.at("code") == "vm_file_wrong");
    CHECK(finding.at("subject") == tree.path("vm.yaml"));
    CHECK(finding.at("reason") == document.at("problems").at(i));
  }
}

}  // namespace
}  // namespace xenlaunch::test
