#!/bin/bash
# CLI11 2.1: a flag that switches something off is declared with a '!' before its name, as "!--no-force". It parses as one
# would expect, but the help shows an internal form of it, "--no-force{false}", and who types that is told that no such
# argument is expected. A callback on a plain flag shows the name alone.
# Seen with libcli11-dev 2.1.2+ds-1. Needs: g++, apt-get. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libcli11-dev=2.1.2+ds-1 >download.log 2>&1 || { cat download.log >&2; exit 1; }
dpkg -x ./*.deb root

cat >example.cpp <<'CPP'
#include <CLI/CLI.hpp>
#include <iostream>

int main(int argc, char** argv) {
  bool force = true;
  bool quiet = false;
  CLI::App app;
  app.add_flag("!--no-force", force, "give up instead");
  app.add_flag_callback("--no-noise", [&] { quiet = true; }, "say nothing");
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    std::cout << app.help();
    return 0;
  } catch (const CLI::ParseError& error) {
    std::cout << error.what() << "\n";
    return 1;
  }
  std::cout << "force " << force << ", quiet " << quiet << "\n";
}
CPP
g++ -std=c++20 -w -isystem root/usr/include example.cpp -o example
{
  ./example --help | grep -E -- '--no-'
  ./example --no-force --no-noise
  ./example '--no-force{false}' || true
} | sed -E 's/ +/ /g' >seen
cat seen
diff - seen <<'TEXT'
 --no-force{false} give up instead
 --no-noise say nothing
force 0, quiet 1
The following argument was not expected: --no-force{false}
TEXT
