#include "devicemodel/find_qemu.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "base/pidfd.h"
#include "base/read_file.h"
#include "devicemodel/device_model.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/qemu_user.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

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

bool is_disk_server_of(const Words& words, const std::string& domid) {
  return says(words, "-xen-domid", domid) && says(words, "-machine", disk_server_machine);
}

bool is_ours_as(const char* word, const Words& words, const std::string& domid) {
  return words.size() > 2 && words[1] == word && words[2] == domid;
}

bool is_store_filter_of(const Words& words, const std::string& domid) {
  return is_ours_as(store_filter_word, words, domid);
}

bool is_helper_of(const Words& words, const std::string& domid) {
  return is_ours_as(broker_word, words, domid) || is_store_filter_of(words, domid);
}

}  // namespace

Words command_line_of(const fs::path& process) {
  std::istringstream text{read_file(process / "cmdline").bytes};
  Words words;
  for (std::string word; std::getline(text, word, '\0');) words.push_back(word);
  return words;
}

namespace {

std::optional<pid_t> parse_pid(const std::string& text) {
  pid_t pid = 0;
  const char* end = text.data() + text.size();
  const auto [stop, bad] = std::from_chars(text.data(), end, pid);
  return bad == std::errc{} && stop == end ? std::optional{pid} : std::nullopt;
}

using IsIt = bool (*)(const Words&, const std::string&);

enum class Users { us, us_and_qemus };

/// Looks for the processes of a domain below `proc`.
class Search {
 public:
  Search(std::uint32_t domid, const fs::path& proc, IsIt is_it, Users users = Users::us_and_qemus)
      : domid_{std::to_string(domid)}, proc_{proc}, is_it_{is_it} {
    const auto own = user_of_root(qemu_root(domid_));
    if (own && users == Users::us_and_qemus) users_.push_back(*own);
  }

  bool finds(pid_t pid) const {
    const fs::path process = proc_ / std::to_string(pid);
    struct stat status {};
    return ::stat(process.c_str(), &status) == 0 &&
           std::ranges::find(users_, status.st_uid) != users_.end() &&
           is_it_(command_line_of(process), domid_);
  }

  /// The first of the children that the first thread of `parent` has started.
  std::optional<pid_t> child_of(pid_t parent) const {
    const std::string id = std::to_string(parent);
    std::istringstream children{read_file(proc_ / id / "task" / id / "children").bytes};
    for (std::string word; children >> word;)
      if (const auto pid = parse_pid(word); pid && finds(*pid)) return pid;
    return std::nullopt;
  }

  std::optional<pid_t> any() const {
    const std::vector<pid_t> found = all();
    return found.empty() ? std::nullopt : std::optional{found.front()};
  }

  std::vector<pid_t> all() const {
    std::vector<pid_t> found;
    std::error_code error;
    for (fs::directory_iterator entry{proc_, error}; !error && entry != fs::directory_iterator{};
         entry.increment(error))
      if (const auto pid = parse_pid(entry->path().filename().string()); pid && finds(*pid))
        found.push_back(*pid);
    return found;
  }

 private:
  std::string domid_;
  fs::path proc_;
  IsIt is_it_;
  std::vector<uid_t> users_{::geteuid()};
};

}  // namespace

std::optional<pid_t> find_qemu(std::uint32_t domid, std::optional<pid_t> launcher,
                               const fs::path& proc) {
  const Search search{domid, proc, is_qemu_of};
  if (launcher)
    if (const auto child = search.child_of(*launcher)) return child;
  return search.any();
}

namespace {

/// What is beside a QEMU: both are the launcher's children, or neither is.
std::optional<pid_t> find_beside(std::uint32_t domid, std::optional<pid_t> launcher,
                                 const fs::path& proc, const Search& search) {
  if (launcher && Search{domid, proc, is_qemu_of}.child_of(*launcher))
    return search.child_of(*launcher);
  return search.any();
}

}  // namespace

std::optional<pid_t> find_disk_server(std::uint32_t domid, std::optional<pid_t> launcher,
                                      const fs::path& proc) {
  return find_beside(domid, launcher, proc, Search{domid, proc, is_disk_server_of});
}

std::optional<pid_t> find_store_filter(std::uint32_t domid, std::optional<pid_t> launcher,
                                       const fs::path& proc) {
  return find_beside(domid, launcher, proc, Search{domid, proc, is_store_filter_of, Users::us});
}

std::optional<Child> hold_found(const std::function<std::optional<pid_t>()>& find) {
  const std::optional<pid_t> pid = find();
  if (!pid) return std::nullopt;
  FileDescriptor pidfd = open_pidfd(*pid);
  if (pidfd.get() < 0 || find() != pid) return std::nullopt;
  return Child{.pid = *pid, .pidfd = std::move(pidfd)};
}

bool is_restricted_qemu(pid_t pid, const fs::path& proc) {
  const Words words = command_line_of(proc / std::to_string(pid));
  return std::ranges::find(words, "-xen-domid-restrict") != words.end();
}

std::vector<pid_t> find_companions(std::uint32_t domid, const fs::path& proc) {
  std::vector<pid_t> found = Search{domid, proc, is_disk_server_of}.all();
  const std::vector<pid_t> helpers = Search{domid, proc, is_helper_of, Users::us}.all();
  found.insert(found.end(), helpers.begin(), helpers.end());
  return found;
}

}  // namespace xenlaunch
