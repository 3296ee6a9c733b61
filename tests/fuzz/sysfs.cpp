// A host's files, as tests/fixtures/machines has them, and what is said of that host.
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "launcher/cli/cli.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

namespace fs = std::filesystem;

/// In memory where there is such a place: a host is a hundred files, made and removed each time.
fs::path place() {
  const fs::path memory = "/dev/shm";
  return ::access(memory.c_str(), W_OK) == 0 ? memory : fs::temp_directory_path();
}

/// A folder that goes with the process.
struct Folder {
  fs::path path = place() / ("xenlaunch-fuzz-" + std::to_string(::getpid()));
  Folder() { fs::create_directories(path); }
  ~Folder() {
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
};

/// Whether `path`, from the root on, stays below it, whatever links there are.
bool stays_inside(const fs::path& path) {
  int depth = 0;
  for (const fs::path& part : path) {
    depth += part == ".." ? -1 : 1;
    if (depth < 0 || part.is_absolute()) return false;
  }
  return true;
}

/// A file, a folder or a link of the tree; what cannot be made is left out.
void make(const fs::path& root, const std::string& line) {
  const bool is_folder = line.ends_with('/');
  std::istringstream words{line};
  std::string name;
  std::string kind;
  words >> name >> kind;
  const fs::path path{name};
  if (line.starts_with('#') || name.empty() || name.find("..") != std::string::npos ||
      !stays_inside(path))
    return;
  std::error_code error;
  fs::create_directories(is_folder ? root / path : (root / path).parent_path(), error);
  if (error || is_folder) return;
  const std::string rest = line.substr(std::min(name.size() + kind.size() + 2, line.size()));
  if (kind == "->") {
    if (!rest.empty() && stays_inside(path.parent_path() / rest))
      fs::create_symlink(rest, root / path, error);
    return;
  }
  const nlohmann::json value = nlohmann::json::parse(rest, nullptr, false);
  if (kind != "=" || !value.is_string() || fs::is_symlink(root / path, error)) return;
  std::ofstream{root / path, std::ios::binary} << value.get<std::string>();
}

void check(const fs::path& root, std::vector<std::string> args, bool is_json) {
  static const ThisHost nowhere{
      .xen = []() -> std::unique_ptr<Hypervisor> { throw std::logic_error{"connects to Xen"}; },
      .store = []() -> std::unique_ptr<Store> { throw std::logic_error{"connects to xenstored"}; }};
  args.insert(args.end(), {"--root", root.string()});
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_program(args, nowhere, out, err);
  // As a line begins: an attribute that says so is shown in the middle of one.
  require(("\n" + err.str()).find("\nxenlaunch: internal error: ") == std::string::npos,
          "no host is a fault of ours", err.str());
  require(status == 0 || status == 4, "the status is one of a look at a host", err.str());
  require_clean(out.str());
  require_clean(err.str());
  require(!is_json || status != 0 || nlohmann::json::accept(out.str()), "JSON is JSON", out.str());
}

void run(std::string_view input) {
  static const Folder folder;
  const fs::path root = folder.path / "host";
  fs::remove_all(root);
  fs::create_directories(root);
  std::istringstream lines{std::string{input}};
  for (std::string line; std::getline(lines, line);) make(root, line);
  // One of them, as each takes a while; which one is the input's to say.
  const std::vector<std::vector<std::string>> commands{{"gpu", "list", "--json"},
                                                       {"gpu", "list"},
                                                       {"pci", "list"},
                                                       {"host", "display"},
                                                       {"host", "doctor", "--json"}};
  const std::vector<std::string>& command = commands[input.size() % commands.size()];
  check(root, command, command.back() == "--json");
}

const Registration registration{"sysfs", run};

}  // namespace
}  // namespace xenlaunch::fuzz
