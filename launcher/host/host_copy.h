#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xenlaunch {

/// What a copy of a host's files took, and what it could not.
struct HostCopy {
  struct Taken {
    std::string path;     ///< below the root, "proc/cmdline", or a folder with much in it
    std::size_t files{};  ///< with links and what is in folders
    friend bool operator==(const Taken&, const Taken&) = default;
  };
  struct LeftOut {
    std::string path;
    std::string reason;  ///< "Permission denied"
    friend bool operator==(const LeftOut&, const LeftOut&) = default;
  };
  std::vector<Taken> taken;
  std::vector<LeftOut> left_out;  ///< files that are there and could not be read
};

/// Makes `folder` a copy of what any command reads of the host below `root`, for `--root`, without
/// secrets (secrets.h), serial numbers and hardware addresses; of config spaces the first 64 bytes,
/// of ROMs two. `xen_command_line` becomes the file xen-commandline; nullopt: no Xen runs there.
/// `folder` must not exist or be empty, and holds the whole copy or is as it was. Throws Error
/// "cannot copy the host to FOLDER: REASON", ExitCode::usage where it holds something.
HostCopy copy_host(const std::filesystem::path& root, const std::filesystem::path& folder,
                   const std::optional<std::string>& xen_command_line);

}  // namespace xenlaunch
