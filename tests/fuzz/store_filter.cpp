// What a QEMU that serves disks asks xenstored for: the first byte is the type of the request, the
// rest its body.
extern "C" {
#include <xen/io/xs_wire.h>
}

#include <algorithm>

#include "tests/fuzz/target.h"
#include "xenstore/filter_rules.h"

namespace xenlaunch::fuzz {
namespace {

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

void require_passable(std::uint32_t type, std::string_view path, std::string_view rest) {
  const bool is_backend = is_below(path, "/local/domain/0/backend/qdisk/7/768");
  const bool is_frontend = is_below(path, "/local/domain/7/device/vbd/768");
  if (type == XS_WRITE || type == XS_RM || type == XS_SET_PERMS) {
    require(is_backend || is_frontend, "what is written is a disk's");
    require(std::ranges::count(path, '/') <= (is_backend ? 8 : 7), "and nothing below its nodes");
    if (type != XS_SET_PERMS) require_clean(std::string{rest});
    return;
  }
  require(type == XS_READ || type == XS_DIRECTORY || type == XS_WATCH || type == XS_UNWATCH,
          "what passes reads or writes");
  require(
      is_below(path, "/local/domain/7/device") || path == "/local/domain/0/domid" ||
          path == "/local/domain/0/backend" ||
          (is_below(path, "/local/domain/0/backend") && path.find("/7") != std::string_view::npos),
      "what is read is the guest's");
}

void run(std::string_view input) {
  if (input.empty()) return;
  const FilterRules rules{.domid = 7, .disks = {"768"}};
  const std::uint32_t type = static_cast<unsigned char>(input.front());
  const std::string_view body = input.substr(1);
  if (judge(rules, {.type = type, .body = body}) != FilterVerdict::pass) return;
  if (type == XS_TRANSACTION_START || type == XS_TRANSACTION_END) return;
  const std::size_t end = body.find('\0');
  require(end != std::string_view::npos, "a path has an end");
  const std::string path{body.substr(0, end)};
  require_passable(type, path.starts_with('/') ? path : "/local/domain/0/" + path,
                   body.substr(end + 1));
}

const Registration registration{"store-filter", run};

}  // namespace
}  // namespace xenlaunch::fuzz
