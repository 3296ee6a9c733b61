#pragma once

#include <string>

namespace xenlaunch {

/// What has become of a key of an xl configuration. The worst comes last.
enum class KeyOutcome {
  converted,
  dropped,  ///< not in the VM file
  refused,  ///< what it says is wrong or not known to be right: there is no VM file
};

struct KeyReport {
  std::string key;
  int line = 0;  ///< 0: of no line, where a key is missing
  KeyOutcome outcome = KeyOutcome::converted;
  bool lost = false;     ///< the VM is not what xl would make of the file, or its author meant
  std::string reason{};  ///< printable; empty where a conversion has nothing to tell
  friend bool operator==(const KeyReport&, const KeyReport&) = default;
};

}  // namespace xenlaunch
