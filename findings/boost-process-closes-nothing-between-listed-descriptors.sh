#!/bin/bash
# Boost.Process v2 of Boost 1.81 (default launcher): a program is to have no descriptors but the standard ones and those in
# the launcher's fd_whitelist. Those that lie between two listed ones stay open all the same: only what is above the highest is
# closed. So the same descriptor is closed without a list, and stays where a higher one is listed.
# Seen with libboost1.81-dev 1.81.0-5+deb12u1. Needs: g++, apt-get. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libboost1.81-dev=1.81.0-5+deb12u1 >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb root

cat >example.cpp <<'CPP'
#include <boost/asio.hpp>
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/process.hpp>
#include <cstdio>
#include <fcntl.h>
#include <string>
#include <unistd.h>
#include <vector>

int main() {
  const int file = open("/dev/null", O_RDONLY);
  for (const int number : {50, 60}) dup2(file, number);
  close(file);
  const std::vector<std::string> arguments{
      "-c", "for fd in 50 60; do [ -e /proc/self/fd/$fd ] && echo \"$fd is open\" || echo \"$fd is closed\"; done"};
  for (const bool lists : {false, true}) {
    boost::asio::io_context context;
    boost::process::v2::posix::default_launcher launcher;
    if (lists) launcher.fd_whitelist.push_back(60);
    std::printf("listed: %s\n", lists ? "60" : "none");
    std::fflush(stdout);
    launcher(context, "/bin/sh", arguments).wait();
  }
}
CPP
g++ -std=c++20 -w -pthread -isystem root/usr/include example.cpp -o example
LC_ALL=C ./example >seen
cat seen
diff - seen <<'TEXT'
listed: none
50 is closed
60 is closed
listed: 60
50 is open
60 is open
TEXT
