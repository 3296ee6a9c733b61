#include "xenstore/filter_rules.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <algorithm>
#include <array>
#include <optional>

#include "base/error.h"
#include "base/text.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// What it says of a disk by a number, in the backend's node.
constexpr std::array<std::string_view, 16> numbers_written{"discard-alignment",
                                                           "discard-granularity",
                                                           "discard-secure",
                                                           "feature-barrier",
                                                           "feature-discard",
                                                           "feature-flush-cache",
                                                           "feature-large-sector-size",
                                                           "feature-persistent",
                                                           "feature-persistent-grants",
                                                           "info",
                                                           "max-ring-page-order",
                                                           "multi-queue-max-queues",
                                                           "online",
                                                           "sector-size",
                                                           "sectors",
                                                           "state"};

/// xenstored keeps both. A QEMU's tokens are UUIDs, or two pointers and two numbers.
constexpr std::size_t longest_path = 256;
constexpr std::size_t longest_token = 128;

bool is_number(std::string_view text) {
  constexpr std::size_t longest = 20;
  return !text.empty() && text.size() <= longest &&
         std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

/// Taken off `text`: what is before the zero byte; nullopt where there is none.
std::optional<std::string_view> take_argument(std::string_view& text) {
  const std::size_t end = text.find('\0');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view argument = text.substr(0, end);
  text.remove_prefix(end + 1);
  return argument;
}

/// `path` as xenstored takes it from dom0.
std::string absolute(std::string_view path) {
  return path.starts_with('/') ? std::string{path} : domain_path(0) + "/" + std::string{path};
}

/// Whether it is `folder`, or below that.
bool is_at(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// The paths of one domain's.
class Nodes {
 public:
  explicit Nodes(const FilterRules& rules) : rules_{rules}, domid_{std::to_string(rules.domid)} {}

  bool may_read(std::string_view path) const {
    // The kinds of backends that there are; and whether dom0 is called 0.
    return path == backends() || path == domain_path(0) + "/domid" || may_watch(path);
  }

  bool may_watch(std::string_view path) const {
    return is_at(path, domain_path(domid_) + "/device") || is_backend(path);
  }

  bool may_write(std::string_view path, std::string_view value) const {
    return std::ranges::any_of(rules_.disks, [&](const std::string& disk) {
      return says_of_backend(path, value, disk) || says_of_frontend(path, value, disk);
    });
  }

  bool is_disk(std::string_view path) const {
    return std::ranges::any_of(rules_.disks, [&](const std::string& disk) {
      return path == backend(disk) || path == frontend(disk);
    });
  }

  bool is_disks_backend(std::string_view path) const {
    return std::ranges::any_of(rules_.disks,
                               [&](const std::string& disk) { return path == backend(disk); });
  }

  /// Also the mode, which QEMU from 8.0 on writes as it has read it, and others go by.
  bool is_written_already(std::string_view path) const {
    const std::string own = device_model_path(domid_);
    return path == own + "/state" || is_at(path, own + "/backends") ||
           (path.ends_with("/mode") && is_disks_backend(path.substr(0, path.rfind('/'))));
  }

  const std::string& domid() const { return domid_; }

 private:
  static std::string backends() { return domain_path(0) + "/backend"; }
  std::string backend(const std::string& disk) const {
    return backend_path("qdisk", domid_) + "/" + disk;
  }
  std::string frontend(const std::string& disk) const {
    return domain_path(domid_) + "/device/vbd/" + disk;
  }

  /// Of any kind, of this domain's.
  bool is_backend(std::string_view path) const {
    const std::string all = backends() + "/";
    if (!path.starts_with(all)) return false;
    path.remove_prefix(all.size());
    const std::size_t slash = path.find('/');
    return slash != std::string_view::npos && is_at(path.substr(slash + 1), domid_);
  }

  bool says_of_backend(std::string_view path, std::string_view value,
                       const std::string& disk) const {
    const std::string own = backend(disk);
    if (path == own) return value.empty();
    if (!is_at(path, own)) return false;
    const std::string_view name = path.substr(own.size() + 1);
    if (name == "frontend") return value == frontend(disk);
    if (name == "frontend-id") return value == domid_;
    if (name == "hotplug-status") return value == "connected";
    return std::ranges::find(numbers_written, name) != numbers_written.end() && is_number(value);
  }

  bool says_of_frontend(std::string_view path, std::string_view value,
                        const std::string& disk) const {
    const std::string own = frontend(disk);
    if (!is_at(path, own) || path == own) return false;
    const std::string_view name = path.substr(own.size() + 1);
    if (name == "device-type") return value == "disk" || value == "cdrom";
    return (name == "virtual-device" || name == "state") && is_number(value);
  }

  const FilterRules& rules_;
  std::string domid_;
};

FilterVerdict pass_if(bool may) {
  return may ? FilterVerdict::pass : FilterVerdict::refuse;
}

/// `rest` is what stands behind the path.
FilterVerdict judge_node(const Nodes& nodes, std::uint32_t type, std::string_view path,
                         std::string_view rest) {
  using namespace std::string_literals;
  if (nodes.is_written_already(path) &&
      (type == XS_WRITE || type == XS_MKDIR || type == XS_RM || type == XS_SET_PERMS))
    return FilterVerdict::pretend;
  switch (type) {
    case XS_DIRECTORY:
    case XS_READ:
      return pass_if(rest.empty() && nodes.may_read(path));
    case XS_WATCH:
    case XS_UNWATCH: {
      const auto token = take_argument(rest);
      return pass_if(token && token->size() <= longest_token && rest.empty() &&
                     nodes.may_watch(path));
    }
    case XS_WRITE:
      return pass_if(nodes.may_write(path, rest));
    case XS_MKDIR:
      return pass_if(rest.empty() && nodes.is_disks_backend(path));
    case XS_RM:
      return pass_if(rest.empty() && nodes.is_disk(path));
    case XS_SET_PERMS:
      return pass_if(nodes.is_disks_backend(path) && rest == "n0\0r"s + nodes.domid() + '\0');
    default:
      return FilterVerdict::refuse;
  }
}

}  // namespace

std::vector<std::string> words_of(const FilterRules& rules) {
  std::vector<std::string> words{std::to_string(rules.domid)};
  words.insert(words.end(), rules.disks.begin(), rules.disks.end());
  return words;
}

FilterRules parse_filter_rules(const std::vector<std::string>& words) {
  FilterRules rules;
  for (const std::string& word : words) {
    const auto number = parse_domid(word);
    if (!number || (&word != &words.front() && std::to_string(*number) != word))
      throw Error{ExitCode::internal,
                  "cannot take '" + excerpt(word) + "' as a domain or disk of the filter"};
    if (&word == &words.front())
      rules.domid = *number;
    else
      rules.disks.push_back(word);
  }
  if (words.empty()) throw Error{ExitCode::internal, "cannot filter for no domain"};
  return rules;
}

FilterVerdict judge(const FilterRules& rules, const StoreRequest& request) {
  std::string_view rest = request.body;
  const auto first = take_argument(rest);
  if (!first || first->size() > longest_path) return FilterVerdict::refuse;
  if (request.type == XS_TRANSACTION_START) return pass_if(first->empty() && rest.empty());
  if (request.type == XS_TRANSACTION_END)
    return pass_if((*first == "T" || *first == "F") && rest.empty());
  return judge_node(Nodes{rules}, request.type, absolute(*first), rest);
}

bool may_see(const FilterRules& rules, std::string_view path) {
  return Nodes{rules}.may_watch(absolute(path));
}

}  // namespace xenlaunch
