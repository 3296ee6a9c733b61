#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// A place where an xl configuration sets a name.
struct XlAssignment {
  std::string name;
  int line = 1;       ///< from 1
  bool adds = false;  ///< "+=": goes on with what the name was set to before
  friend bool operator==(const XlAssignment&, const XlAssignment&) = default;
};

/// What an xl configuration sets, in its order. libxlutil answers for names that it is asked for
/// and tells of no others, so that those which xl does not know could not be found without looking
/// at the text. This looks no further than it has to: `text` is one that libxlutil has read
/// without an error. read_xl_file() compares the result with what libxlutil says.
std::vector<XlAssignment> xl_assignments(std::string_view text);

/// Every word of `text` that could be a name, wherever it stands, each once.
std::vector<std::string> xl_words(std::string_view text);

}  // namespace xenlaunch
