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
  int line = 1;                 ///< of the assignment that counts, or is the last of those
  std::vector<int> replaced{};  ///< lines of earlier ones that have no effect
  bool is_list = false;
  std::string text{};            ///< of a string or a number: quotes and escapes are resolved
  std::optional<long> number{};  ///< the same as a number, where libxlutil takes it for one
  std::vector<XlItem> items{};   ///< of a list
  friend bool operator==(const XlSetting&, const XlSetting&) = default;
};

/// A line that libxlutil cannot read.
struct XlBadLine {
  int line = 1;
  std::string name{};    ///< printable; what it seems to set, empty where that cannot be seen
  std::string reason{};  ///< in libxlutil's words, printable
  friend bool operator==(const XlBadLine&, const XlBadLine&) = default;
};

/// An xl configuration, in the order of its lines; each name once.
struct XlFile {
  std::string name;  ///< as the messages call it, printable
  std::vector<XlSetting> settings;
  std::vector<XlBadLine> bad_lines{};  ///< left out of what the settings are made of
};

constexpr std::size_t max_xl_file_bytes = std::size_t{64} * 1024;

/// Has libxlutil read `text`; what it cannot read is left out line by line, so that all that is
/// wrong is told at once. Throws Error (ExitCode::vm_file) with libxlutil's words, a line each as
/// "FILE:LINE: …", where nothing can be read so.
XlFile read_xl_file(std::string_view text, const std::string& file);

/// The text of a regular file, symlinks followed. Throws Error (ExitCode::vm_file) "cannot read xl
/// configuration FILE: REASON".
std::string read_xl_file_text(const std::string& path);

}  // namespace xenlaunch
