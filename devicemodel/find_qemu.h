#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xenlaunch {

/// The command line of a process by its folder in /proc; empty where it is gone.
std::vector<std::string> command_line_of(const std::filesystem::path& process);

/// The QEMU that a launcher has started for domain `domid`: a process of this user's, or of that
/// for whom its root was made (qemu_user.h), whose command line says so (-xen-domid DOMID, and the
/// QMP socket of qmp_socket). Domain ids are not used twice in a boot, and nobody else gives a QEMU
/// that socket. `proc` is /proc.
std::optional<pid_t> find_qemu(std::uint32_t domid, const std::filesystem::path& proc = "/proc");

/// What was started beside it: a process of this user's that was run with those words
/// (companion_word).
std::optional<pid_t> find_companion(std::uint32_t domid,
                                    const std::filesystem::path& proc = "/proc");

/// Ends that, as a QEMU may have left its socket with others. Fine where there is none.
void kill_companion_of(std::uint32_t domid);

}  // namespace xenlaunch
