// debian/ knows some of what the program knows.
#include <doctest/doctest.h>

#include <regex>

#include "base/version.h"
#include "launcher/config/host_settings_reader.h"
#include "tests/unit/docs/documents.h"

namespace xenlaunch::test {
namespace {

namespace fs = std::filesystem;

std::string source_file(const fs::path& name) {
  std::ifstream file{source_folder / name, std::ios::binary};
  return {std::istreambuf_iterator<char>{file}, {}};
}

/// The files and folders of ours on a host that a source file names: what has our name in it and
/// outlives the program.
void add_own_paths(const std::string& text, std::set<std::string>& paths) {
  static const std::regex literal{
      R"re("/?((etc|boot|run|var/lib|var/log)/[^" ]*xenlaunch[^" ]*)")re"};
  for (std::sregex_iterator found{text.begin(), text.end(), literal}, end; found != end; ++found)
    paths.insert("/" + (*found)[1].str());
}

/// Those of the whole program.
std::set<std::string> own_paths() {
  std::set<std::string> paths;
  for (const char* top : {"base", "launcher", "devicemodel", "xenstore"})
    for (const fs::directory_entry& entry : fs::recursive_directory_iterator{source_folder / top})
      if (entry.path().extension() == ".cpp" || entry.path().extension() == ".h")
        add_own_paths(source_file(fs::relative(entry.path(), source_folder)), paths);
  return paths;
}

/// Whether a script names the path, or a folder above it that has our name too.
bool names_path(const std::string& script, fs::path path) {
  for (; path.string().find("xenlaunch") != std::string::npos; path = path.parent_path())
    if (std::regex_search(script, std::regex{"(^|\\s)" + path.string() + "(\\s|;|$)"})) return true;
  return false;
}

TEST_CASE("purging the package removes every file that the program makes") {
  const std::string script = source_file("debian/xenlaunch.postrm");
  const std::set<std::string> paths = own_paths();
  CHECK(paths.contains("/etc/default/grub.d/zz-xenlaunch.cfg.before"));
  CHECK(paths.contains("/run/xenlaunch"));
  for (const std::string& path : paths) {
    CAPTURE(path);
    CHECK(names_path(script, path));
  }
}

TEST_CASE("the package has the program's version") {
  const std::string changelog = source_file("debian/changelog");
  CHECK(changelog.substr(0, changelog.find(')')) == "xenlaunch (" + std::string{version});
}

TEST_CASE("configs/host.yaml, commented out as the package has it, changes nothing") {
  std::string text;
  for (std::string line : lines_of(source_file("configs/host.yaml"))) {
    if (!line.empty() && line.front() != '#') line.insert(0, "#");
    text += line + "\n";
  }
  CHECK((parse_host_settings(text, "host.yaml") == HostSettings{}));
}

}  // namespace
}  // namespace xenlaunch::test
