#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/exit_code.h"
#include "launcher/config/yaml_document.h"
#include "launcher/config/yaml_fields.h"

namespace xenlaunch {

/// The text of a regular file of at most 1 MiB, symlinks followed; nullopt where there is none
/// (ENOENT). Throws Error, as throw_unreadable(), for anything else.
std::optional<std::string> read_yaml_file(const std::string& file, const YamlFileKind& kind);

/// Throws Error "cannot read KIND FILE: REASON".
[[noreturn]] void throw_unreadable(const std::string& file, const YamlFileKind& kind,
                                   const std::string& reason);

/// Has `read` look at the document of `text`, unless it is broken; `problems` gets what is wrong.
void read_yaml_text(std::string_view text, const YamlFileKind& kind, Problems& problems,
                    const std::function<void(const Field& root)>& read);

/// Has `read` look at the document of `text`, unless it is broken. Throws Error with all problems
/// that were reported; `file` is the name that the messages use.
void parse_yaml_file(std::string_view text, const std::string& file, const YamlFileKind& kind,
                     const std::function<void(const Field& root)>& read);

}  // namespace xenlaunch
