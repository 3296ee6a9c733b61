#include "launcher/import/xl_file.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "launcher/config/yaml_file.h"
#include "launcher/import/xl_names.h"
#include "launcher/import/xl_report.h"

namespace xenlaunch {
namespace {

/// libxlutil tells lines only in its warnings: "FILE:LINE: …", "FILE:LINE:COLUMN: …".
std::optional<int> line_of_warning(const std::string& warning, const std::string& file) {
  if (!warning.starts_with(file + ":")) return std::nullopt;
  int line = 0;
  const char* const begin = warning.data() + file.size() + 1;
  const auto [end, error] = std::from_chars(begin, warning.data() + warning.size(), line);
  return error == std::errc{} && *end == ':' ? std::optional{line} : std::nullopt;
}

/// One file while libxlutil has it.
class Reader {
 public:
  Reader(std::string_view text, const std::string& file)
      : file_{file}, text_{text}, config_{file} {}

  /// What libxlutil says against it; nothing where it takes it. No other call may follow then.
  std::optional<std::string> problem() {
    const int result =
        xl_.cfg_readdata(config_.get(), text_.data(), static_cast<int>(text_.size()));
    const std::string said = config_.said();
    if (result == 0) return std::nullopt;
    return said.empty() ? fmt::format("cannot read {}: {}", file_, errno_text(result)) : said;
  }

  std::vector<XlSetting> settings() {
    std::vector<XlSetting> settings;
    for (const auto& [line, setting] : merged()) settings.push_back(read(setting));
    check_words(settings);
    return settings;
  }

 private:
  /// Each name with the place that counts, and the places that do not.
  std::multimap<int, XlSetting> merged() const {
    std::map<std::string, std::pair<XlSetting, std::vector<int>>> by_name;  // with its parts
    for (const XlAssignment& assignment : xl_assignments(text_)) {
      auto& [setting, parts] = by_name[assignment.name];
      setting.name = assignment.name;
      setting.line = assignment.line;
      if (!assignment.adds) {
        setting.replaced.insert(setting.replaced.end(), parts.begin(), parts.end());
        parts.clear();
      }
      parts.push_back(assignment.line);
    }
    std::multimap<int, XlSetting> by_line;
    for (auto& [name, found] : by_name) by_line.emplace(found.first.line, std::move(found.first));
    return by_line;
  }

  XlSetting read(XlSetting setting) {
    XLU_ConfigList* list = nullptr;
    int count = 0;
    setting.is_list = xl_.cfg_get_list(config_.get(), setting.name.c_str(), &list, &count, 1) == 0;
    if (setting.is_list) {
      for (int i = 0; i < count; ++i) setting.items.push_back(item(list, i));
    } else {
      read_text(setting);
    }
    check_line(setting);
    return setting;
  }

  void read_text(XlSetting& setting) {
    const char* text = nullptr;
    if (xl_.cfg_get_string(config_.get(), setting.name.c_str(), &text, 1) != 0)
      throw_other_view(setting.line, setting.name);
    setting.text = text;
    long number = 0;
    if (xl_.cfg_get_long(config_.get(), setting.name.c_str(), &number, 1) == 0)
      setting.number = number;
  }

  XlItem item(const XLU_ConfigList* list, int index) {
    XLU_ConfigValue* const value = xl_.cfg_get_listitem(list, index);
    XlItem item;
    char* text = nullptr;
    XLU_ConfigList* inner = nullptr;
    // The wrong question is the one that is answered with a line.
    if (xl_.cfg_value_type(value) == XLU_STRING) {
      xl_.cfg_value_get_string(config_.get(), value, &text, 1);
      item.text = text;
      xl_.cfg_value_get_list(config_.get(), value, &inner, 0);
    } else {
      xl_.cfg_value_get_string(config_.get(), value, &text, 0);
    }
    item.line = line_of_warning(config_.said(), file_).value_or(0);
    return item;
  }

  /// Asked for what it is not, libxlutil names the line that it has for it.
  void check_line(const XlSetting& setting) {
    const char* text = nullptr;
    XLU_ConfigList* list = nullptr;
    if (setting.is_list) {
      xl_.cfg_get_string(config_.get(), setting.name.c_str(), &text, 0);
    } else {
      xl_.cfg_get_list(config_.get(), setting.name.c_str(), &list, nullptr, 0);
    }
    if (line_of_warning(config_.said(), file_) != setting.line)
      throw_other_view(setting.line, setting.name);
  }

  /// No name may be missed: every word of the file that libxlutil knows as one was found.
  void check_words(const std::vector<XlSetting>& settings) const {
    for (const std::string& word : xl_words(text_)) {
      const char* text = nullptr;
      if (xl_.cfg_get_string(config_.get(), word.c_str(), &text, 1) != ESRCH &&
          std::ranges::count(settings, word, &XlSetting::name) == 0)
        throw_other_view(1, word);
    }
  }

  [[noreturn]] void throw_other_view(int line, const std::string& name) const {
    throw Error{ExitCode::internal,
                fmt::format("{}:{}: cannot tell where '{}' is set as libxlutil sees it", file_,
                            line, excerpt(name))};
  }

  const XlFunctions& xl_ = xl_functions();
  std::string file_;
  std::string_view text_;
  XlConfig config_;
};

constexpr int most_rounds = 10;

/// What libxlutil would end the program for, or explain badly.
void check_bytes(std::string_view text, const std::string& file) {
  if (text.size() > max_xl_file_bytes)
    throw Error{ExitCode::vm_file, "read " + file,
                fmt::format("it is {} bytes large; expected at most 64 KiB", text.size())};
  const std::size_t zero = text.find('\0');
  const std::size_t mark = text.starts_with("\xef\xbb\xbf") ? 0 : text.npos;
  const std::size_t ends = text.find("\r\n");
  const std::size_t at = std::min({zero, mark, ends});
  if (at == text.npos) return;
  const auto line = std::ranges::count(text.substr(0, at), '\n') + 1;
  throw Error{ExitCode::vm_file,
              fmt::format("{}:{}: {}", file, line,
                          at == zero   ? "a NUL byte; expected text"
                          : at == mark ? "a byte order mark, which xl refuses; save it without one"
                                       : "lines end in CR LF, which xl refuses; run dos2unix")};
}

/// Each line of `text`, without its end.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    lines.emplace_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

/// "NAME" of a line "NAME = …"; empty where there is none.
std::string name_in(const std::string& line) {
  const std::size_t begin = std::min(line.find_first_not_of(" \t"), line.size());
  const std::size_t end = line.find_first_of(" \t=+", begin);
  const std::size_t next = line.find_first_not_of(" \t+", end);
  if (end == line.npos || next == line.npos || line[next] != '=') return {};
  return excerpt(line.substr(begin, end - begin));
}

/// Empties the lines of `lines` that `said` names, and tells of each.
std::vector<XlBadLine> take_out(std::vector<std::string>& lines, const std::string& said,
                                const std::string& file) {
  constexpr std::string_view before = "config parsing error ";
  std::vector<XlBadLine> bad;
  for (const std::string& complaint : lines_of(said)) {
    const std::optional<int> number = line_of_warning(complaint, file);
    if (!number || *number < 1 || *number > static_cast<int>(lines.size())) continue;
    std::string& line = lines[static_cast<std::size_t>(*number) - 1];
    if (line.empty()) continue;
    const std::size_t words = complaint.find(before);
    const std::string reason =
        words == complaint.npos ? complaint : complaint.substr(words + before.size());
    bad.push_back({*number, name_in(line), "xl cannot read the line " + excerpt(reason, 200)});
    line.clear();
  }
  return bad;
}

}  // namespace

XlFile read_xl_file(std::string_view text, const std::string& file) {
  XlFile read{.name = printable(file)};
  check_bytes(text, read.name);
  std::vector<std::string> lines = lines_of(text);
  std::string readable{text};
  std::string first_problem;
  for (int rounds = 0;; ++rounds) {
    Reader reader{readable, read.name};
    const std::optional<std::string> problem = reader.problem();
    if (!problem) {
      read.settings = reader.settings();
      return read;
    }
    if (first_problem.empty()) first_problem = *problem;
    // A line that is taken out of a list can break what is around it.
    const std::vector<XlBadLine> bad = take_out(lines, *problem, read.name);
    if (bad.empty() || rounds == most_rounds) throw Error{ExitCode::vm_file, first_problem};
    read.bad_lines.insert(read.bad_lines.end(), bad.begin(), bad.end());
    readable = fmt::format("{}\n", fmt::join(lines, "\n"));
  }
}

std::string read_xl_file_text(const std::string& path) {
  // Not YAML, but read with the same care.
  constexpr YamlFileKind kind{.name = "xl configuration", .error = ExitCode::vm_file};
  std::optional<std::string> text = read_yaml_file(path, kind);
  if (!text) throw_unreadable(path, kind, errno_text(ENOENT));
  return *std::move(text);
}

}  // namespace xenlaunch
