#!/bin/bash
# yaml-cpp 0.7: a mapping with the same key twice, which YAML forbids, loads without an error and keeps both entries.
# Looking the key up finds the first one, iterating shows both, and size() counts both; other YAML libraries that accept
# such a file keep the last one. Whoever wants it refused has to iterate.
# Seen with libyaml-cpp0.7 0.7.0+dfsg-8+b1. Needs: g++, apt-get. Fails where the behaviour is another one.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
apt-get -q download libyaml-cpp-dev=0.7.0+dfsg-8+b1 libyaml-cpp0.7=0.7.0+dfsg-8+b1 >download.log 2>&1 || {
  cat download.log >&2
  exit 1
}
for package in ./*.deb; do dpkg -x "$package" root; done

cat >example.cpp <<'CPP'
#include <yaml-cpp/yaml.h>
#include <iostream>

int main() {
  const YAML::Node node = YAML::Load("memory: 1\nvcpus: 2\nmemory: 3\n");
  std::cout << "size: " << node.size() << "\nlookup: memory " << node["memory"] << "\n";
  for (const auto& entry : node)
    std::cout << "iteration: " << entry.first << ' ' << entry.second << "\n";
}
CPP
library=$(dirname root/usr/lib/*/libyaml-cpp.so.0.7)
g++ -std=c++20 -isystem root/usr/include example.cpp -o example -L"$library" -lyaml-cpp
LD_LIBRARY_PATH=$library ./example >seen
cat seen
diff - seen <<'TEXT'
size: 3
lookup: memory 1
iteration: memory 1
iteration: vcpus 2
iteration: memory 3
TEXT
