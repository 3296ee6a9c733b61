#include "launcher/cli/cli.h"

#include <unistd.h>

#include <exception>
#include <ostream>

#include "base/error.h"
#include "launcher/cli/arguments.h"
#include "launcher/cli/terminal.h"

namespace xenlaunch {
namespace {

ExitCode dispatch(const std::vector<std::string>& args, const ThisHost& host, std::ostream& out,
                  std::ostream& err, TerminalProgress& progress) {
  const Arguments asked = parse_arguments(args, out, err);
  if (asked.command == nullptr) return asked.code;
  progress.set_verbosity(asked.options.quiet     ? Verbosity::quiet
                         : asked.options.verbose ? Verbosity::verbose
                                                 : Verbosity::normal);
  return asked.command(asked.options, host, out, progress);
}

}  // namespace

int run_program(const std::vector<std::string>& args, const ThisHost& host, std::ostream& out,
                std::ostream& err) noexcept {
  TerminalProgress progress{err, ::isatty(STDERR_FILENO) == 1};
  try {
    return static_cast<int>(dispatch(args, host, out, err, progress));
  } catch (const Error& error) {
    progress.error(error.what());
    return static_cast<int>(error.code);
  } catch (const std::exception& error) {
    progress.internal_error(error.what());
    return static_cast<int>(ExitCode::internal);
  }
}

}  // namespace xenlaunch
