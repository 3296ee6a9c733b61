#pragma once

#include <stdlib.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>
#include <system_error>

namespace xenlaunch::testing {

/// A directory of its own, removed with everything in it at the end.
class TemporaryTree {
 public:
  TemporaryTree() {
    std::string name = (std::filesystem::temp_directory_path() / "xenlaunch-host-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error{errno, std::generic_category(), name};
    root_ = name;
  }
  TemporaryTree(const TemporaryTree&) = delete;
  TemporaryTree& operator=(const TemporaryTree&) = delete;
  ~TemporaryTree() {
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
  }

  const std::filesystem::path& root() const { return root_; }
  std::string path(const std::string& name) const { return (root_ / name).string(); }

  void write(const std::string& name, const std::string& content) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::ofstream{root_ / name, std::ios::binary} << content;
  }
  void link(const std::string& name, const std::string& target) const {
    std::filesystem::create_directories((root_ / name).parent_path());
    std::filesystem::create_symlink(target, root_ / name);
  }
  void remove(const std::string& name) const { std::filesystem::remove_all(root_ / name); }
  std::string read(const std::string& name) const {
    std::ifstream file{root_ / name, std::ios::binary};
    return {std::istreambuf_iterator<char>{file}, {}};
  }

  /// Every file with its content and every link with its target.
  std::map<std::string, std::string> snapshot() const {
    std::map<std::string, std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator{root_}) {
      const std::string name = entry.path().lexically_relative(root_).string();
      if (entry.is_symlink()) {
        all[name] = "-> " + std::filesystem::read_symlink(entry.path()).string();
      } else if (entry.is_regular_file()) {
        all[name] = read(name);
      }
    }
    return all;
  }

 private:
  std::filesystem::path root_;
};

}  // namespace xenlaunch::testing
