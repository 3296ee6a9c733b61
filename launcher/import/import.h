#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launcher/import/key_report.h"

namespace xenlaunch {

/// An xl configuration taken over.
struct Imported {
  std::string vm_file;          ///< YAML with comments; empty where a key is refused
  std::vector<KeyReport> keys;  ///< one for each place that sets a key, in the order of lines
  bool lossless = false;        ///< nothing is refused, and nothing lost
};

/// `text` as libxlutil reads it, as a VM file that means what xl makes of it. `file` is the name
/// that messages and comments use. Throws Error (ExitCode::vm_file) for what is no xl
/// configuration, and ExitCode::xen without libxlutil.
Imported import_xl_file(std::string_view text, const std::string& file);

}  // namespace xenlaunch
