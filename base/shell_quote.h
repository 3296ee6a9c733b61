#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// One word for a POSIX shell: as it is where that is safe, else in single quotes.
std::string shell_quote(std::string_view word);

/// `words` on one line, ready to paste into a shell.
std::string shell_line(const std::vector<std::string>& words);

}  // namespace xenlaunch
