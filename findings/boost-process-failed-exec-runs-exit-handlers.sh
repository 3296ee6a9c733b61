#!/bin/bash
# Boost.Process v2 of Boost 1.81 (default launcher): where the program cannot be executed, the forked child ends by
# exit(), not by _exit(). So the child runs the exit handlers of the program that launched it, and flushes its copy of
# what that program had buffered: both happen twice.
# Seen with libboost1.81-dev 1.81.0-5+deb12u1. Needs: g++, apt-get. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libboost1.81-dev=1.81.0-5+deb12u1 >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb root

cat >example.cpp <<'CPP'
#include <boost/asio.hpp>
#include <boost/process/v2/process.hpp>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <unistd.h>
#include <vector>

static const pid_t program = getpid();

int main() {
  std::printf("buffered text\n");
  std::atexit([] {
    std::printf("exit handler in %s\n", getpid() == program ? "the program" : "the child");
  });
  boost::asio::io_context context;
  try {
    boost::process::v2::process child{context, "/nonexistent/program", std::vector<std::string>{}};
  } catch (const boost::system::system_error& error) {
    std::printf("launch failed: %s\n", error.code().message().c_str());
  }
}
CPP
g++ -std=c++20 -w -pthread -isystem root/usr/include example.cpp -o example
LC_ALL=C ./example >seen
cat seen
diff - seen <<'TEXT'
buffered text
exit handler in the child
buffered text
launch failed: No such file or directory
exit handler in the program
TEXT
