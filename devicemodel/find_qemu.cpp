#include "devicemodel/find_qemu.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/read_file.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/qemu_user.h"

namespace xenlaunch {
namespace {

bool is_qemu_of(const std::vector<std::string>& words, const std::string& domid) {
  const auto says = [&words](const std::string& option, const std::string& value) {
    const auto found = std::ranges::find(words, option);
    return found != words.end() && std::next(found) != words.end() && *std::next(found) == value;
  };
  if (says("-xen-domid", domid))
    return std::ranges::any_of(words, [&domid](const std::string& word) {
      return word == qmp_option(qmp_socket(domid)) ||
             word.ends_with(",path=" + qmp_socket(domid));  // one of xenlaunch 0.1.0
    });
  return says("-d", domid) && says("-M", "xenfv");  // XenServer 6.5's
}

}  // namespace

std::vector<std::string> command_line_of(const std::filesystem::path& process) {
  std::istringstream text{read_file(process / "cmdline").bytes};
  std::vector<std::string> words;
  for (std::string word; std::getline(text, word, '\0');) words.push_back(word);
  return words;
}

std::optional<pid_t> find_qemu(std::uint32_t domid, const std::filesystem::path& proc) {
  const std::optional<uid_t> own = user_of_root(qemu_root(std::to_string(domid)));
  std::error_code error;
  for (std::filesystem::directory_iterator entry{proc, error};
       !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    struct stat status {};
    if (bad != std::errc{} || stop != name.data() + name.size() ||
        ::stat(entry->path().c_str(), &status) != 0 ||
        (status.st_uid != ::geteuid() && status.st_uid != own))
      continue;
    if (is_qemu_of(command_line_of(entry->path()), std::to_string(domid))) return pid;
  }
  return std::nullopt;
}

}  // namespace xenlaunch
