#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/spawn.h"

namespace xenlaunch {

/// The command line of a process by its folder in /proc; empty where it is gone.
std::vector<std::string> command_line_of(const std::filesystem::path& process);

/// The QEMU that a launcher has started for domain `domid`: a process of this user's, or of that
/// for whom its root was made (qemu_user.h), whose command line says so (-xen-domid DOMID, and the
/// QMP socket of qmp_socket). Domain ids are not used twice in a boot, and nobody else gives a QEMU
/// that socket. Where `launcher` is known its children are looked at first: a host may have
/// thousands of processes. `proc` is /proc.
std::optional<pid_t> find_qemu(std::uint32_t domid, std::optional<pid_t> launcher = std::nullopt,
                               const std::filesystem::path& proc = "/proc");

/// The QEMU beside it that serves its disks (disk_server_argv), found likewise.
std::optional<pid_t> find_disk_server(std::uint32_t domid,
                                      std::optional<pid_t> launcher = std::nullopt,
                                      const std::filesystem::path& proc = "/proc");

/// What that one has in the place of xenstored (store_filter_word).
std::optional<pid_t> find_store_filter(std::uint32_t domid,
                                       std::optional<pid_t> launcher = std::nullopt,
                                       const std::filesystem::path& proc = "/proc");

/// Holds the process that `find` finds, which is looked for again once it is held: its number may
/// have gone to another one before that. nullopt where there is none any more.
std::optional<Child> hold_found(const std::function<std::optional<pid_t>()>& find);

/// Whether a QEMU was started as one that is restricted to its domain.
bool is_restricted_qemu(pid_t pid, const std::filesystem::path& proc = "/proc");

/// What was started beside it: what serves the disks, which nobody else gives an HVM domain, and
/// after that what needs to end later, its filter and the broker (broker_word). These two are this
/// user's: what a QEMU's user runs may call itself anything.
std::vector<pid_t> find_companions(std::uint32_t domid,
                                   const std::filesystem::path& proc = "/proc");

}  // namespace xenlaunch
