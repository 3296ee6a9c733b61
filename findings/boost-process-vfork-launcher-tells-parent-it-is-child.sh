#!/bin/bash
# Boost.Process v2 of Boost 1.81: vfork_launcher calls the io_context's notify_fork(fork_child) in the child, which after
# vfork() runs in the memory of the parent. The parent's services are told that they are in the child now, although they
# are not; Asio's own reactor then makes its epoll set anew, in descriptors that only the child has. The default launcher,
# which forks, does not do this to the parent.
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
#include <boost/process/v2/posix/default_launcher.hpp>
#include <boost/process/v2/posix/vfork_launcher.hpp>
#include <cstdio>
#include <string>
#include <vector>

namespace asio = boost::asio;
namespace process = boost::process::v2;

/// Counts how often it is told to be in a child.
struct Witness : asio::execution_context::service {
  static inline asio::execution_context::id id;
  explicit Witness(asio::execution_context& context) : service{context} {}
  void shutdown() override {}
  void notify_fork(asio::execution_context::fork_event event) override {
    if (event == asio::execution_context::fork_child) ++told;
  }
  int told = 0;
};

template <typename Launcher>
void launch(const char* name) {
  asio::io_context context;
  Witness& witness = asio::use_service<Witness>(context);
  process::process child = Launcher{}(context, "/bin/true", std::vector<std::string>{});
  child.wait();
  std::printf("%s: the parent was told %d times that it is the child\n", name, witness.told);
}

int main() {
  launch<process::posix::default_launcher>("default_launcher");
  launch<process::posix::vfork_launcher>("vfork_launcher");
}
CPP
g++ -std=c++20 -w -pthread -isystem root/usr/include example.cpp -o example
./example >seen
cat seen
diff - seen <<'TEXT'
default_launcher: the parent was told 0 times that it is the child
vfork_launcher: the parent was told 1 times that it is the child
TEXT
