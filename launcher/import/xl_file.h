#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

struct XlItem {
  int line = 1;
  std::optional<std::string> text{};  ///< nothing where the item is a list itself
  friend bool operator==(const XlItem&, const XlItem&) = default;
};

/// What one name of an xl configuration is in the end, as libxlutil has it.
struct XlSetting {
  std::string name;
  int line = 1;                  ///< of the assignment that counts, or is the last of those
  std::vector<int> replaced{};   ///< lines of earlier ones that have no effect
  bool is_list = false;
  std::string text{};            ///< of a string or a number: quotes and escapes are resolved
  std::optional<long> number{};  ///< the same as a number, where libxlutil takes it for one
  std::vector<XlItem> items{};   ///< of a list
  friend bool operator==(const XlSetting&, const XlSetting&) = default;
};

/// An xl configuration, in the order of its lines; each name once.
struct XlFile {
  std::string name;  ///< as the messages call it, printable
  std::vector<XlSetting> settings;
};

constexpr std::size_t max_xl_file_bytes = std::size_t{64} * 1024;

/// Has libxlutil read `text`. Throws Error (ExitCode::vm_file) with libxlutil's words, a line each
/// as "FILE:LINE: …", where it does not take it.
XlFile read_xl_file(std::string_view text, const std::string& file);

}  // namespace xenlaunch
