#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace xenlaunch {

/// Who else than root, or the user whom sudo ran us for, could have written `file`, or put another
/// one or another folder in its place: "user 1000 owns /srv/vms". All links on the way are
/// followed; in a sticky folder only a name's owner counts. nullopt where nobody could, where the
/// file is in one of `trusted_folders`, and where it is not there.
std::optional<std::string> other_writer(const std::filesystem::path& file,
                                        const std::vector<std::string>& trusted_folders = {});

/// What helps against other_writer where `trusted_folders` count.
inline constexpr const char* how_to_be_trusted =
    "`chown root` and `chmod go-w` help, or name its folder under trusted_folders in "
    "/etc/xenlaunch/host.yaml";

/// Throws Refused (not_trusted) "cannot trust FILE: …" where somebody else could.
void require_trusted(const std::filesystem::path& file,
                     const std::vector<std::string>& trusted_folders, const std::string& remedy);

}  // namespace xenlaunch
