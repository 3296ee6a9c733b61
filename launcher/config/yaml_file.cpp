#include "launcher/config/yaml_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <utility>

#include "base/error.h"
#include "base/read_file.h"
#include "base/text.h"
#include "launcher/config/yaml_text.h"

namespace xenlaunch {
void throw_unreadable(const std::string& file, const YamlFileKind& kind,
                      const std::string& reason) {
  throw Error{kind.error, fmt::format("cannot read {} {}: {}", kind.name, printable(file), reason)};
}

std::optional<std::string> read_yaml_file(const std::string& file, const YamlFileKind& kind) {
  FileContent content = read_file(file, {.most = max_yaml_file_bytes});
  if (content.error == ENOENT) return std::nullopt;
  if (content.error == EFBIG) {
    std::error_code ignored;  // also of a file that does not say how large it is
    throw_unreadable(file, kind,
                     fmt::format("it is {} bytes large; expected at most 1 MiB",
                                 std::max<std::uintmax_t>(std::filesystem::file_size(file, ignored),
                                                          max_yaml_file_bytes + 1)));
  }
  if (content.error != 0) throw_unreadable(file, kind, content.reason);
  return std::move(content.bytes);
}

void read_yaml_text(std::string_view text, const YamlFileKind& kind, Problems& problems,
                    const std::function<void(const Field& root)>& read) {
  text = without_byte_order_mark(text);
  check_yaml_text(text, problems);
  if (!problems.empty()) return;
  const std::optional<YamlNode> root = parse_yaml(text, kind, problems);
  if (root) read(Field{*root, "", problems});
}

void parse_yaml_file(std::string_view text, const std::string& file, const YamlFileKind& kind,
                     const std::function<void(const Field& root)>& read) {
  Problems problems;
  read_yaml_text(text, kind, problems, read);
  problems.throw_if_any(file, kind.error);
}

}  // namespace xenlaunch
