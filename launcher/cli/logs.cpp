#include <cerrno>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "launcher/cli/commands.h"

namespace xenlaunch {
namespace {

/// Of a log that may be missing.
std::vector<std::string> lines_of(const std::filesystem::path& file) {
  std::vector<std::string> lines;
  std::ifstream in{file, std::ios::binary};
  if (!in && errno != ENOENT) throw_errno(ExitCode::host, errno, "read " + file.string());
  for (std::string line; std::getline(in, line);) {
    if (line.ends_with('\r')) line.pop_back();
    lines.push_back(printable(line));
  }
  return lines;
}

}  // namespace

ExitCode logs_command(const Options& options, const ThisHost& host, std::ostream& out,
                      Progress& /*progress*/) {
  refuse_copy(options, "show a log on the host");
  const std::filesystem::path log = host.directories.log(options.vm);
  if (!std::filesystem::exists(log))
    throw Error{ExitCode::host, "cannot show the log of " + options.vm + ": there is no " +
                                    log.string() + "; no VM of that name was started here"};
  std::vector<std::string> lines = lines_of(log.string() + ".1");
  for (std::string& line : lines_of(log)) lines.push_back(std::move(line));
  const std::size_t from =
      options.lines == 0 || options.lines > lines.size() ? 0 : lines.size() - options.lines;
  for (std::size_t i = from; i < lines.size(); ++i) out << lines[i] << '\n';
  return ExitCode::done;
}

}  // namespace xenlaunch
