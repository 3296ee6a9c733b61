// Files of people who pass GPUs, each with what becomes of it (scripts/golden).
#include <filesystem>
#include <fstream>

#include "tests/fixtures/source_folder.h"
#include "tests/unit/cli/run.h"
#include "tests/unit/import/imports.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

const fs::path source = testing::source_folder();

std::string read(const fs::path& path) {
  std::ifstream in{path};
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string without(std::string text, const std::string& part) {
  for (std::size_t at = text.find(part); at != text.npos; at = text.find(part))
    text.erase(at, part.size());
  return text;
}

TEST_CASE("each key of the files that people have is accounted for") {
  int files = 0;
  for (const fs::directory_entry& entry : fs::directory_iterator{source / "tests/fixtures/xlcfg"}) {
    const fs::path file = entry.path();
    CAPTURE(file.filename().string());
    const fs::path golden = source / "tests/golden/xlcfg" / file.stem();
    const std::string folder = file.parent_path().string() + "/";
    const Run made = run_on(unreachable_host, {"import", "-q", file.string()});
    const Run checked = run_on(unreachable_host, {"import", "--check", file.string()});
    CHECK(without(made.out, folder) == read(golden.string() + ".yaml"));
    CHECK(without(checked.out, folder) == read(golden.string() + ".txt"));
    CHECK(made.status == checked.status);
    ++files;
  }
  CHECK(files == 6);
}

}  // namespace
}  // namespace xenlaunch::test
