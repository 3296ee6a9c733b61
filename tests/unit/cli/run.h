#pragma once

#include <doctest/doctest.h>
#include <unistd.h>

#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "launcher/cli/cli.h"

namespace xenlaunch::test {

struct Run {
  int status;
  std::string out;
  std::string err;
  friend bool operator==(const Run&, const Run&) = default;
};

/// Runs the program on `host`. A process that a command leaves behind ends here.
inline Run run_on(const ThisHost& host, const std::vector<std::string>& args) {
  const pid_t test = ::getpid();
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_program(args, host, out, err);
  if (::getpid() != test) ::_exit(status);
  return {status, out.str(), err.str()};
}

/// For what must not connect: that is a bug then.
inline const ThisHost unreachable_host{
    .xen = []() -> std::unique_ptr<Hypervisor> { throw std::logic_error{"connects to Xen"}; },
    .store = []() -> std::unique_ptr<Store> { throw std::logic_error{"connects to xenstored"}; }};

}  // namespace xenlaunch::test

namespace doctest {

template <>
struct StringMaker<xenlaunch::test::Run> {
  static String convert(const xenlaunch::test::Run& run) {
    const std::string text =
        "status " + std::to_string(run.status) + "\nout: " + run.out + "\nerr: " + run.err;
    return {text.data(), static_cast<unsigned>(text.size())};
  }
};

}  // namespace doctest
