#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/config/problems.h"
#include "launcher/config/vm_config.h"

namespace xenlaunch {

/// Reads and validates a VM file: a regular file of at most 1 MiB, symlinks followed. All problems
/// are reported at once, one a line, in the order of the file, each as
/// "FILE:LINE:COLUMN: KEY.PATH: PROBLEM; expected …". Lines and columns count from 1, columns in
/// bytes; of more than 100 problems the last line gives the number of the others. Throws Error
/// (ExitCode::vm_file), also where the file cannot be read ("cannot read VM file FILE: REASON").
VmConfig read_vm_file(const std::filesystem::path& path);

/// Its text alone, which parse_vm_file can have looked at then and later.
std::string read_vm_file_text(const std::filesystem::path& path);

/// The same for text already read; `file` is the name that the messages use.
VmConfig parse_vm_file(std::string_view text, const std::string& file);

/// What is wrong with a VM file's text, at most 100 things; empty where nothing is.
std::vector<FileProblem> problems_of_vm_file(std::string_view text);

}  // namespace xenlaunch
