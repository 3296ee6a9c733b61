#include "launcher/cli/terminal.h"

#include <sstream>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

/// What `say` makes appear.
template <typename Say>
std::string said(bool terminal, Verbosity verbosity, Say say) {
  std::ostringstream err;
  {
    TerminalProgress progress{err, terminal};
    progress.set_verbosity(verbosity);
    say(progress);
  }
  return err.str();
}

void say_everything(TerminalProgress& progress) {
  progress.step("do a");
  progress.info("a note");
  progress.step("do b");
  progress.warning("careful");
  progress.error("no\nno");
}

const std::string bad = "xenlaunch: warning: careful\nxenlaunch: error: no\nxenlaunch: error: no\n";

TEST_CASE("away from a terminal notes and what is bad are told, a line each") {
  CHECK(said(false, Verbosity::normal, say_everything) == "xenlaunch: a note\n" + bad);
}

TEST_CASE("-v tells every step, -q only what is bad") {
  CHECK(said(false, Verbosity::verbose, say_everything) ==
        "xenlaunch: do a\nxenlaunch: a note\nxenlaunch: do b\n" + bad);
  CHECK(said(false, Verbosity::quiet, say_everything) == bad);
  CHECK(said(true, Verbosity::quiet, [](TerminalProgress& progress) {
          progress.step("do a");
        }).empty());
}

TEST_CASE("on a terminal the step under way stands in a line that the next message replaces") {
  CHECK(said(true, Verbosity::normal,
             [](TerminalProgress& progress) {
               progress.step("do a");
               progress.step("do b");
               progress.info("a note");
               progress.step("do c");
             }) ==
        "xenlaunch: do a ...\r\033[Kxenlaunch: do b ...\r\033[Kxenlaunch: a note\n"
        "xenlaunch: do c ...\r\033[K");
}

TEST_CASE("on a terminal what is bad has a colour") {
  CHECK(said(true, Verbosity::normal, [](TerminalProgress& progress) {
          progress.warning("careful");
          progress.error("no");
        }) == "xenlaunch: \033[33mwarning: \033[0mcareful\nxenlaunch: \033[31merror: \033[0mno\n");
}

TEST_CASE("what a guest or a file said reaches no terminal with control characters") {
  CHECK(said(true, Verbosity::normal, [](TerminalProgress& progress) {
          progress.info("a\033[2Jb\r\tc\x7f{}%v");
          progress.step("\033c");
        }) == "xenlaunch: a\\x1b[2Jb\\x0d\\tc\\x7f{}%v\nxenlaunch: \\x1bc ...\r\033[K");
}

}  // namespace
}  // namespace xenlaunch::test
