#pragma once

#include <string>

#include "base/error.h"
#include "launcher/config/vm_config.h"
#include "launcher/config/vm_reader.h"

namespace xenlaunch::test {

/// What parse_vm_file() says about `text` as file "vm.yaml"; empty where it accepts it.
inline std::string problems_of(const std::string& text) {
  try {
    parse_vm_file(text, "vm.yaml");
    return "";
  } catch (const Error& error) {
    return error.code == ExitCode::vm_file ? error.what() : "wrong exit code";
  }
}

/// What is wrong with a VM file that has `line` as its third line beside what is required. The path
/// and the file are cut off: "3:8: vcpus: …".
inline std::string problems_of_line(const std::string& line) {
  const std::string text = problems_of("name: a\nmemory: 1GiB\n" + line + "\n");
  const std::string prefix = "vm.yaml:";
  return text.starts_with(prefix) ? text.substr(prefix.size()) : text;
}

inline VmConfig parse_line(const std::string& line) {
  return parse_vm_file("name: a\nmemory: 1GiB\n" + line + "\n", "vm.yaml");
}

}  // namespace xenlaunch::test
