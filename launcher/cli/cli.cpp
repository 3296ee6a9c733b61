#include "launcher/cli/cli.h"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <new>
#include <ostream>
#include <system_error>

#include "base/error.h"
#include "launcher/cli/arguments.h"
#include "launcher/cli/printable_output.h"
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
  PrintableOutput printable{out};
  std::ostream results{&printable};
  results.exceptions(std::ios::badbit);
  ExitCode code = ExitCode::done;
  try {
    code = dispatch(args, host, results, err, progress);
    results.flush();
  } catch (const std::ios_base::failure&) {
    progress.error("cannot write to the standard output: " + errno_text(errno));
    if (code != ExitCode::host_left_changed) code = ExitCode::host;
  } catch (const Error& error) {
    code = error.code;
    progress.error(error.what());
  } catch (const std::system_error& error) {
    // This process's limits, mostly: no file, no memory, no process is to be had.
    code = ExitCode::host;
    progress.error(std::string{"cannot go on: "} + error.what());
  } catch (const std::bad_alloc&) {
    code = ExitCode::host;
    progress.error("cannot go on: " + errno_text(ENOMEM));
  } catch (const std::exception& error) {
    code = ExitCode::internal;
    progress.internal_error(error.what());
  }
  return static_cast<int>(code);
}

}  // namespace xenlaunch
