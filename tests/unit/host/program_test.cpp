#include "launcher/host/program.h"

#include <doctest/doctest.h>

#include <csignal>

#include "base/error.h"

namespace xenlaunch::test {
namespace {

ProgramResult shell(const std::string& script) {
  return HostPrograms{}.run({"sh", "-c", script});
}

TEST_CASE("a program's status and both its outputs come back") {
  CHECK(shell("echo out; echo err >&2; exit 3") == ProgramResult{3, "out\n", "err\n"});
  CHECK(shell("kill -TERM $$") == ProgramResult{SIGTERM, "", "", ProgramEnd::signalled});
  CHECK(HostPrograms{}.run({"/bin/true"}) == ProgramResult{0, "", ""});
}

TEST_CASE("it gets nothing on stdin and little of our environment") {
  ::setenv("XENLAUNCH_SECRET", "1", 1);
  CHECK(shell("cat; echo \"$XENLAUNCH_SECRET$LC_ALL\"").output == "C\n");
  ::unsetenv("XENLAUNCH_SECRET");
}

TEST_CASE("much output on both sides does not block it, and only the end of stderr is kept") {
  const ProgramResult result = shell(
      "i=0; while [ $i -lt 3000 ]; do echo 0123456789012345678901234567890123456789; "
      "echo 0123456789012345678901234567890123456789 >&2; i=$((i+1)); done; echo last >&2");
  CHECK(result.output.size() == 3000 * 41);
  CHECK(result.errors.size() == 16384);
  CHECK(result.errors.ends_with("\nlast\n"));
}

TEST_CASE("a program that says more than any has to say is killed") {
  const ProgramResult result = shell("yes");
  CHECK(result.end == ProgramEnd::said_too_much);
  CHECK(result.output.size() < (std::size_t{9} << 20));
  CHECK(failure_text("update-grub", {SIGKILL, "", "", ProgramEnd::said_too_much}) ==
        "update-grub said more than 8 MiB and was killed");
}

TEST_CASE("a program that is not there is named") {
  CHECK_THROWS_WITH_AS(HostPrograms{}.run({"xenlaunch-no-such-program"}),
                       "cannot run xenlaunch-no-such-program: No such file or directory", Error);
  CHECK_THROWS_WITH_AS(HostPrograms{}.run({"/nowhere/program", "x"}),
                       "cannot run /nowhere/program: No such file or directory", Error);
}

TEST_CASE("a failure is told by its last line, made safe for a terminal") {
  CHECK(failure_text("update-grub", {1, "", "first\nno \x1b[31mspace\n\n"}) ==
        "update-grub ended with status 1: no \\x1b[31mspace");
  CHECK(failure_text("update-grub", {2, "", ""}) == "update-grub ended with status 2");
  CHECK(failure_text("update-grub", {SIGSEGV, "", "", ProgramEnd::signalled}) ==
        "update-grub was killed by signal 11 (Segmentation fault)");
  CHECK(failure_text("update-grub", {SIGKILL, "", "reading\n", ProgramEnd::timed_out}) ==
        "update-grub did not end in time and was killed: reading");
}

}  // namespace
}  // namespace xenlaunch::test
