#pragma once

#include <cstddef>
#include <string_view>

#include "launcher/config/problems.h"

namespace xenlaunch {

constexpr std::size_t max_yaml_file_bytes = std::size_t{1} << 20;

/// `text` without its byte order mark.
std::string_view without_byte_order_mark(std::string_view text);

/// Reports what must not reach the YAML parser, which would take it silently or explain it badly:
/// text that is too large or not UTF-8, control characters, directives, tabs as indentation.
void check_yaml_text(std::string_view text, Problems& problems);

}  // namespace xenlaunch
