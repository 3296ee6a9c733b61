#include "devicemodel/find_qemu.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

#include "base/file_descriptor.h"
#include "base/pidfd.h"
#include "base/read_file.h"
#include "devicemodel/device_model.h"
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

namespace {

/// The first process of one of `users` whose command line `is_it`.
template <typename Test>
std::optional<pid_t> find_process(const std::filesystem::path& proc,
                                  const std::vector<uid_t>& users, Test is_it) {
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
    if (is_it(command_line_of(entry->path()))) return pid;
  }
  return std::nullopt;
}

}  // namespace

std::optional<pid_t> find_qemu(std::uint32_t domid, const std::filesystem::path& proc) {
  const std::string id = std::to_string(domid);
  std::vector<uid_t> users{::geteuid()};
  if (const auto own = user_of_root(qemu_root(id))) users.push_back(*own);
  return find_process(
      proc, users, [&id](const std::vector<std::string>& words) { return is_qemu_of(words, id); });
}

std::optional<pid_t> find_companion(std::uint32_t domid, const std::filesystem::path& proc) {
  const std::string id = std::to_string(domid);
  return find_process(proc, {::geteuid()}, [&id](const std::vector<std::string>& words) {
    return words.size() > 2 && words[1] == companion_word && words[2] == id;
  });
}

void kill_companion_of(std::uint32_t domid) {
  const std::optional<pid_t> pid = find_companion(domid);
  if (!pid) return;
  const FileDescriptor pidfd = open_pidfd(*pid);
  // Looked at again: the number may have gone to another process before it was held.
  if (pidfd.get() >= 0 && find_companion(domid) == pid) signal_process(pidfd, SIGKILL);
}

}  // namespace xenlaunch
