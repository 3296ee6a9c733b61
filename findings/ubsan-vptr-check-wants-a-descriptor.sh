#!/bin/bash
# UndefinedBehaviorSanitizer of GCC 12: its check that an object is of the type by which it is used (-fsanitize=vptr) looks
# at the object's memory through a pipe. In a process that has no file descriptor left there is no pipe, and a use that is
# fine is reported: "member call on address ... which does not point to an object of type ...", "object has invalid vptr".
# So a test of what a program does without descriptors fails under the sanitizer alone, there where it handles the error.
# Seen with libubsan1 12.2.0-14+deb12u1. Needs: g++ 12, apt-get. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libubsan1=12.2.0-14+deb12u1 >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb root

cat >example.cpp <<'CPP'
#include <cstdio>
#include <sys/resource.h>

struct Shape {
  virtual int corners() const { return 0; }
  virtual ~Shape() = default;
};
struct Square : Shape {
  int corners() const override { return 4; }
};

int main(int count, char**) {
  if (count > 1) {
    const rlimit none{3, 3};
    setrlimit(RLIMIT_NOFILE, &none);
  }
  Square square;
  const Shape& shape = square;
  std::printf("%d corners\n", shape.corners());
}
CPP
g++ -fsanitize=vptr -w example.cpp -o example
export LC_ALL=C LD_LIBRARY_PATH=$PWD/root/usr/lib/x86_64-linux-gnu
./example >with 2>&1
./example none 2>&1 | sed -E 's/^example\.cpp:[0-9:]+ //; s/0x[0-9a-f]+/ADDRESS/' | grep -E 'corners|runtime error|invalid vptr' | sort -u >without
tail -v with without
diff - with <<<"4 corners"
diff - without <<'TEXT'
4 corners
ADDRESS: note: object has invalid vptr
runtime error: member call on address ADDRESS which does not point to an object of type 'Shape'
runtime error: member call on address ADDRESS which does not point to an object of type 'Square'
TEXT
