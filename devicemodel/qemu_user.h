#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

// A QEMU that is a user of its own has a folder as its root in which nobody else sees anything
// (what it sees there launcher/run/handed_images.h says). That folder is root's, nobody may do
// anything with it, and its group says which user it is made for: there it can be looked up by
// those who know the domain alone.

namespace xenlaunch {

/// So many users are set aside from the first one on: for each domain id (below 0x7ff0) one, and as
/// many that no process ever is, each for the end of one domain's.
inline constexpr std::uint32_t qemu_user_count = 0x10000;
inline constexpr std::uint32_t reaper_offset = 0x8000;

/// Of what no distribution hands out: above the ids for containers of systemd (to 1879048191) and
/// those of FreeIPA and SSSD (to 2000200000), below systemd's foreign ids (from 2147352576 on).
inline constexpr std::uint32_t default_first_qemu_user = 2100000000;

/// The first users that there may be: what is below is people's and the system's, and not every
/// program knows those from 2^31 on.
inline constexpr std::uint32_t least_first_qemu_user = 0x10000;
inline constexpr std::uint32_t greatest_first_qemu_user = 0x7fff0000;

/// first + domid as a number; "UID" where the domain's id is not known.
std::string user_text(std::uint32_t first, const std::string& domid);

/// The root of the QEMU for domain `domid`.
std::string qemu_root(const std::string& domid);

/// Makes it, for that user. Throws Error (ExitCode::device_model).
void make_qemu_root(const std::filesystem::path& root, uid_t user);

/// The user for whom it was made; nullopt where there is no such folder, or it is not root's.
std::optional<uid_t> user_of_root(const std::filesystem::path& root);

/// Kills all processes of the user at once, as kill_device_model_uid_child of
/// tools/libs/light/libxl_dm.c: one by one they could have others made meanwhile. Nobody else may
/// be that user.
void kill_all_of(uid_t user);

}  // namespace xenlaunch
