#include <cerrno>
#include <filesystem>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/read_file.h"
#include "base/text.h"
#include "launcher/cli/commands.h"

namespace xenlaunch {
namespace {

/// The end of a log that may be missing: one that we write has a MiB, as all of ours have.
std::string end_of(const std::filesystem::path& file) {
  constexpr std::size_t most = std::size_t{32} << 20;
  FileContent content = read_file(file, {.most = most, .beyond = ReadLimit::Beyond::is_kept});
  if (content.error != 0 && content.error != ENOENT)
    throw Error{ExitCode::host, "read " + file.string(), content.reason};
  if (!content.bytes.empty() && !content.bytes.ends_with('\n')) content.bytes += '\n';
  return std::move(content.bytes);
}

/// The last `count` lines of `text`, of which each has its end; all where `count` is 0. Takes from
/// `count` what it has found.
std::string_view last_lines(std::string_view text, unsigned& count) {
  if (count == 0) return text;
  std::size_t begin = text.size();
  for (; begin > 0 && count > 0; --count) {
    const std::size_t end_before = begin < 2 ? text.npos : text.rfind('\n', begin - 2);
    begin = end_before == text.npos ? 0 : end_before + 1;
  }
  return text.substr(begin);
}

void print(std::string_view lines, std::ostream& out) {
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    std::string_view line = lines.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    out << printable(line) << '\n';
    lines.remove_prefix(end + 1);
  }
}

}  // namespace

ExitCode logs_command(const Options& options, const ThisHost& host, std::ostream& out,
                      Progress& /*progress*/) {
  refuse_copy(options, "show a log on the host");
  const std::filesystem::path log = host.directories.log(options.vm);
  if (!std::filesystem::exists(log))
    throw Error{ExitCode::host, "cannot show the log of " + options.vm + ": there is no " +
                                    log.string() + "; no VM of that name was started here"};
  const std::string old = end_of(log.string() + ".1");
  const std::string now = end_of(log);
  unsigned left = options.lines;
  const std::string_view last = last_lines(now, left);
  // Lines of the older part where all are wanted, or more than the newer one has.
  if (options.lines == 0 || left > 0) print(last_lines(old, left), out);
  print(last, out);
  return ExitCode::done;
}

}  // namespace xenlaunch
