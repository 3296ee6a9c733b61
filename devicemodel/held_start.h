#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/file_descriptor.h"

// A QEMU that is held: its standard input is a listening socket, at which it waits for a client
// before it looks at its domain (qemu_create_early_backends of softmmu/vl.c, ahead of the machine).
// Most of what its start costs is before that, so it is done while the domain is made.

namespace xenlaunch {

/// The socket of the hold of the QEMU for domain `domid`, and of that which serves its disks.
std::filesystem::path hold_socket(const std::string& domid);
std::filesystem::path disk_server_hold(const std::string& domid);
/// Where that one finds what stands for xenstored.
std::filesystem::path store_filter_socket(const std::string& domid);

/// The command line `argv` of a QEMU that is held.
std::vector<std::string> held(std::vector<std::string> argv);

/// The socket, listening at `path` and open to root and that group alone. Throws Error
/// (ExitCode::device_model).
FileDescriptor make_hold(const std::filesystem::path& path,
                         std::optional<gid_t> group = std::nullopt);

/// Lets go the QEMU that is held at `path`; it may be on its way there. Fine where it has ended.
/// Throws Error (ExitCode::device_model).
void let_go(const std::filesystem::path& path);

}  // namespace xenlaunch
