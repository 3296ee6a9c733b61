#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/boot/hidden_devices.h"

namespace xenlaunch {

/// A file that modprobe reads.
struct ModprobeFile {
  std::string path;  ///< "/etc/modprobe.d/xen-pciback.conf"
  std::string text;
  friend bool operator==(const ModprobeFile&, const ModprobeFile&) = default;
};

/// The *.conf files below /etc, /run, /usr/local/lib, /usr/lib and /lib/modprobe.d, in the order in
/// which modprobe takes them: by name, and of the same name only the one in the first of these
/// folders (conf_files_list of kmod's libkmod/libkmod-config.c). What cannot be read is left out.
std::vector<ModprobeFile> read_modprobe_files(const std::filesystem::path& root);

/// What `options xen-pciback … hide=VALUE` in these files makes of the parameter; the last one
/// counts, as for Linux. nullopt where none sets it.
std::optional<HideWord> modprobe_hide(const std::vector<ModprobeFile>& files);

/// Whether a list of a kernel's modules ("modules.dep") has "…/NAME.ko", '-' and '_' being the
/// same.
bool lists_module(const std::string& list, const std::string& name);

/// What modprobe gives xen-pciback with the kernel `release` below `root`; nullopt where it has the
/// driver built in, which takes the command line alone.
std::optional<HideWord> read_modprobe_hide(const std::filesystem::path& root,
                                           const std::string& release);

/// That the file with the options is younger than the initramfs of the kernel `release`, which has
/// a copy of it from when it was made (initramfs-tools, dracut), and what to do; "" where it is
/// not, or that is not known.
std::string stale_initramfs_note(const std::filesystem::path& root, const std::string& release,
                                 const HideWord& word);

}  // namespace xenlaunch
