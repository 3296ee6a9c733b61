// What the program says of each machine, whole: tests/golden/machines. `scripts/golden` makes those
// files anew.
#include <doctest/doctest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "tests/fixtures/machine.h"
#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

const fs::path source_dir = testing::source_folder();

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (std::size_t at = text.find(from); at != std::string::npos; at = text.find(from, at))
    text.replace(at, from.size(), to), at += to.size();
}

/// The output of commands on one machine.
class Transcript {
 public:
  explicit Transcript(const std::string& name) : root_{testing::machine(name)} {}

  void add(std::vector<std::string> args) {
    std::string line = "$ xenlaunch";
    for (const std::string& arg : args)
      line += " " + (arg.starts_with('/') ? fs::path{arg}.filename().string() : arg);
    args.insert(args.end(), {"--root", root_});
    const Run run = run_on(unreachable_host, args);
    text_ += line + "\n" + run.out + run.err + "status " + std::to_string(run.status) + "\n\n";
  }

  /// Without what differs from one machine, or one release's pci.ids, to the next.
  std::string text(const std::string& folder) {
    replace_all(text_, root_, "ROOT");
    replace_all(text_, folder + "/", "");
    const Run list = run_on(unreachable_host, {"gpu", "list", "--json", "--root", root_});
    for (const nlohmann::json& gpu : nlohmann::json::parse(list.out)) {
      const auto name = [&gpu](const char* key, const std::string& otherwise) {
        return gpu.at(key).is_null() ? otherwise : gpu.at(key).get<std::string>();
      };
      replace_all(
          text_,
          name("vendor_name", "unknown vendor") + " " + name("device_name", "unknown device"),
          "NAME");
    }
    return text_;
  }

 private:
  std::string root_;
  std::string text_;
};

std::string said_of(const std::string& machine) {
  Transcript transcript{machine};
  transcript.add({"gpu", "list"});
  transcript.add({"host", "display"});
  transcript.add({"host", "doctor"});
  std::string folder;
  for (const std::string& vm : testing::vm_files_beside(machine)) {
    folder = fs::path{vm}.parent_path().string();
    transcript.add({"check", vm});
  }
  return transcript.text(folder.empty() ? "no such folder" : folder);
}

fs::path golden_file(std::string machine) {
  std::ranges::replace(machine, '/', '.');
  return source_dir / "tests/golden/machines" / (machine + ".txt");
}

TEST_CASE("what is said of each machine is what stands in tests/golden/machines") {
  const bool write = std::getenv("XENLAUNCH_WRITE_GOLDEN") != nullptr;
  for (const std::string& machine : testing::machine_names()) {
    CAPTURE(machine);
    const std::string said = said_of(machine);
    if (write) std::ofstream{golden_file(machine)} << said;
    std::ifstream golden{golden_file(machine)};
    CHECK(said == std::string{std::istreambuf_iterator<char>{golden}, {}});
  }
}

}  // namespace
}  // namespace xenlaunch::test
