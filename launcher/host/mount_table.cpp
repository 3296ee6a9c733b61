#include "launcher/host/mount_table.h"

#include <algorithm>
#include <sstream>

#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

using Words = std::vector<std::string>;

bool is_octal(char c) {
  return c >= '0' && c <= '7';
}

/// mangle_path of Linux fs/seq_file.c writes blanks and backslashes as "\040".
std::string unescaped(std::string_view text) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const bool escape = text[at] == '\\' && at + 3 < text.size() && is_octal(text[at + 1]) &&
                        is_octal(text[at + 2]) && is_octal(text[at + 3]);
    if (!escape) {
      plain += text[at];
      continue;
    }
    const int code = (text[at + 1] - '0') * 64 + (text[at + 2] - '0') * 8 + (text[at + 3] - '0');
    plain += static_cast<char>(code);
    at += 3;
  }
  return plain;
}

/// NFS and CIFS tell it among their options (nfs_show_options of Linux fs/nfs/super.c,
/// cifs_show_address of fs/smb/client/cifsfs.c).
std::string server_in(const std::string& options) {
  const std::string name = "addr=";
  std::istringstream all{options};
  for (std::string option; std::getline(all, option, ',');)
    if (option.starts_with(name)) return option.substr(name.size());
  return "";
}

/// lowerdir=A:B, upperdir=C (ovl_show_options of Linux fs/overlayfs/params.c).
std::vector<std::string> layers_in(const std::string& type, const std::string& options) {
  std::vector<std::string> layers;
  if (type != "overlay") return layers;
  std::istringstream all{options};
  for (std::string option; std::getline(all, option, ',');) {
    const std::size_t equals = option.find("dir=");
    if (equals == std::string::npos) continue;
    std::istringstream folders{option.substr(equals + 4)};
    for (std::string folder; std::getline(folders, folder, ':');)
      if (folder.starts_with('/')) layers.push_back(unescaped(folder));
  }
  return layers;
}

}  // namespace

std::vector<Mount> parse_mountinfo(std::string_view text) {
  std::vector<Mount> mounts;
  for (const Words& words : rows_of(text)) {
    // Id, parent, number, root, mount point, options, any number of tags, "-", type, source.
    const auto dash = std::ranges::find(words, "-");
    if (dash - words.begin() < 6 || words.end() - dash < 3) continue;
    mounts.push_back({.number = words[2],
                      .point = unescaped(words[4]),
                      .type = dash[1],
                      .source = unescaped(dash[2]),
                      .server = server_in(words.back()),
                      .layers = layers_in(dash[1], words.back()),
                      .is_read_only = words[5] == "ro" || words[5].starts_with("ro,")});
  }
  return mounts;
}

std::vector<Mount> parse_mounts(std::string_view text) {
  std::vector<Mount> mounts;
  for (const Words& words : rows_of(text))
    if (words.size() >= 4)
      mounts.push_back({.number = "",
                        .point = unescaped(words[1]),
                        .type = words[2],
                        .source = unescaped(words[0]),
                        .server = server_in(words[3]),
                        .layers = layers_in(words[2], words[3]),
                        .is_read_only = words[3] == "ro" || words[3].starts_with("ro,")});
  return mounts;
}

std::vector<std::string> parse_swaps(std::string_view text) {
  std::vector<std::string> paths;
  for (const Words& words : rows_of(text))
    if (!words.empty() && words[0].starts_with('/')) paths.push_back(unescaped(words[0]));
  return paths;
}

const Mount* mount_of(std::string_view path, const std::vector<Mount>& mounts) {
  const Mount* longest = nullptr;
  for (const Mount& mount : mounts) {
    const bool below = mount.point == "/" || path == mount.point ||
                       (path.starts_with(mount.point) && path[mount.point.size()] == '/');
    if (below && (longest == nullptr || mount.point.size() >= longest->point.size()))
      longest = &mount;
  }
  return longest;
}

bool root_is_layered(const std::vector<Mount>& mounts) {
  const Mount* root = mount_of("/", mounts);
  return root != nullptr && (root->type == "overlay" || root->type == "aufs");
}

bool root_is_on_zfs(const std::vector<Mount>& mounts) {
  const Mount* root = mount_of("/", mounts);
  return root != nullptr && root->type == "zfs";
}

}  // namespace xenlaunch
