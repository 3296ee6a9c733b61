#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace xenlaunch {

/// One entry of GRUB's menu. The command lines are as GRUB passes them on, but for the first word
/// "placeholder" of grub-mkconfig's.
struct BootEntry {
  std::string title;  ///< with those of the submenus before it: "Advanced options>Debian, with Xen"
  std::optional<std::string> xen;  ///< Xen's command line; nullopt where the entry starts no Xen
  std::string dom0;                ///< Linux's
  std::string kernel;              ///< as the entry names it: "/boot/vmlinuz-6.1.0-28-amd64"
  friend bool operator==(const BootEntry&, const BootEntry&) = default;
};

/// The entry that the next boot takes without anybody at the keyboard, from the text of a grub.cfg
/// as grub-mkconfig, XenServer or a human writes it, and of grubenv beside it ("" where there is
/// none). Honours next_entry and saved_entry of grubenv, numbers, titles, ids and paths with '>' in
/// `default`, a submenu as default, and a default that names nothing (GRUB takes the first entry
/// then). What depends on the machine, as GrubScript has it, is taken to be false. Throws Error
/// (ExitCode::host) "cannot tell what the next boot starts: REASON".
BootEntry next_entry(std::string_view grub_cfg, std::string_view grubenv);

}  // namespace xenlaunch
