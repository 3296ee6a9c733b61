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
#include "devicemodel/device_model.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/qemu_user.h"

namespace xenlaunch {
namespace {

using Words = std::vector<std::string>;

bool says(const Words& words, const std::string& option, const std::string& value) {
  const auto found = std::ranges::find(words, option);
  return found != words.end() && std::next(found) != words.end() && *std::next(found) == value;
}

bool is_qemu_of(const Words& words, const std::string& domid) {
  if (says(words, "-xen-domid", domid))
    return std::ranges::any_of(words, [&domid](const std::string& word) {
      return word == qmp_option(qmp_socket(domid)) ||
             word.ends_with(",path=" + qmp_socket(domid));  // one of xenlaunch 0.1.0
    });
  return says(words, "-d", domid) && says(words, "-M", "xenfv");  // XenServer 6.5's
}

bool is_companion_of(const Words& words, const std::string& domid) {
  if (words.size() > 2 && words[1] == companion_word) return words[2] == domid;
  return says(words, "-xen-domid", domid) && says(words, "-machine", disk_server_machine);
}

}  // namespace

Words command_line_of(const std::filesystem::path& process) {
  std::istringstream text{read_file(process / "cmdline").bytes};
  Words words;
  for (std::string word; std::getline(text, word, '\0');) words.push_back(word);
  return words;
}

namespace {

/// The processes for the domain, of this user's or its own, whose command line `is_it`.
std::vector<pid_t> find_processes(std::uint32_t domid, const std::filesystem::path& proc,
                                  bool (*is_it)(const Words&, const std::string&)) {
  const std::string id = std::to_string(domid);
  std::vector<uid_t> users{::geteuid()};
  if (const auto own = user_of_root(qemu_root(id))) users.push_back(*own);
  std::vector<pid_t> found;
  std::error_code error;
  for (std::filesystem::directory_iterator entry{proc, error};
       !error && entry != std::filesystem::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    pid_t pid = 0;
    const auto [stop, bad] = std::from_chars(name.data(), name.data() + name.size(), pid);
    struct stat status {};
    if (bad != std::errc{} || stop != name.data() + name.size() ||
        ::stat(entry->path().c_str(), &status) != 0 ||
        std::ranges::find(users, status.st_uid) == users.end())
      continue;
    if (is_it(command_line_of(entry->path()), id)) found.push_back(pid);
  }
  return found;
}

}  // namespace

std::optional<pid_t> find_qemu(std::uint32_t domid, const std::filesystem::path& proc) {
  const std::vector<pid_t> found = find_processes(domid, proc, is_qemu_of);
  return found.empty() ? std::nullopt : std::optional{found.front()};
}

std::vector<pid_t> find_companions(std::uint32_t domid, const std::filesystem::path& proc) {
  return find_processes(domid, proc, is_companion_of);
}

}  // namespace xenlaunch
