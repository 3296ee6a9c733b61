#include "tests/unit/cli/igd_host.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

TEST_CASE("a dry run prints its three formats to stdout, byte for byte, every time") {
  for (const auto& [format, golden] :
       {std::pair{"argv", "igd.argv.txt"}, {"plan", "igd.plan.txt"}, {"json", "igd.json"}}) {
    CAPTURE(format);
    const std::vector<std::string> args{"run",      "--dry-run", "--root", igd_host(),
                                        "--format", format,      igd_file};
    const Run first = run(args);
    CHECK(first.status == 0);
    CHECK(first.out == file(source_dir + "/tests/golden/" + golden));
    CHECK(first.err ==
          "xenlaunch: note: DOMID stands in for the domain's id, which Xen chooses at the start\n");
    CHECK(run(args).out == first.out);
  }
}

TEST_CASE("a dry run prints the command line unless told otherwise, --json means --format=json") {
  const std::vector<std::string> args{"run", "--dry-run", "--root", igd_host(), igd_file};
  CHECK(run(args).out == file(source_dir + "/tests/golden/igd.argv.txt"));
  std::vector<std::string> with_json = args;
  with_json.emplace_back("--json");
  CHECK(run(with_json).out == file(source_dir + "/tests/golden/igd.json"));
}

TEST_CASE("--domid stands in everywhere for the domain's id, and -q silences the notes") {
  const Run result =
      run({"run", "--dry-run", "--root", igd_host(), "--json", "--domid", "12345", "-q", igd_file});
  CHECK(result.status == 0);
  CHECK(result.err.empty());
  CHECK(result.out.find("DOMID") == std::string::npos);
  CHECK(result.out.find("/local/domain/12345/name") != std::string::npos);
}

TEST_CASE("a bad VM file is refused by a dry run as by a start") {
  const TemporaryTree tree;
  tree.write("vm.yaml", "name: a\nmemory: 1GiB\nvcpus: x\nbogus: 1\n");
  for (const char* command : {"run", "check"}) {
    std::vector<std::string> args{command, tree.path("vm.yaml"), "--root", igd_host()};
    if (args[0] == "run") args.emplace_back("--dry-run");
    const Run result = run(args);
    CHECK(result.status == 3);
    CHECK(result.out.empty());
    CHECK(result.err.find("xenlaunch: error: " + tree.path("vm.yaml") + ":3:8: vcpus: ") !=
          std::string::npos);
    CHECK(result.err.find("\nxenlaunch: error: " + tree.path("vm.yaml") + ":4:1: bogus: ") !=
          std::string::npos);
  }
  CHECK(run({"run", "--dry-run", "/nonexistent"}).status == 3);
}

TEST_CASE("a device that the host does not have is the host's error") {
  const Run result =
      run({"run", "--dry-run", "--root", igd_host(), source_dir + "/configs/discrete-gpu.yaml"});
  CHECK(result.status == 4);
  CHECK(result.out.empty());
  CHECK(result.err ==
        "xenlaunch: error: cannot pass 0000:00:06.0: there is no such device; this host's graphics "
        "cards are 0000:00:02.0 (8086:0412)\n");
}

}  // namespace
}  // namespace xenlaunch::test
