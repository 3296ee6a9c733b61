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
  std::string starts{};  ///< the file that GRUB itself starts, without its folder: "tboot.gz"
  /// What of grubenv chose it, "next_entry=Windows" or "saved_entry=2"; "" where grub.cfg did.
  std::string chosen_by{};
  friend bool operator==(const BootEntry&, const BootEntry&) = default;
};

/// Whether a file is a Xen hypervisor, by the names that distributions give it: xen.gz, xen.efi,
/// xen-4.17-amd64.gz, xen-4.17.3.gz, xen-4.18.0_06-150600.3.gz, xen-dbg.gz, or with something
/// before the word ("HASH-xen-4.19.1-xen.gz" of NixOS). Xen's policy (xenpolicy-4.17), its symbols,
/// its configuration, and a Linux kernel for Xen (vmlinuz-4.19-xen) are none.
bool is_xen_image(std::string_view file);

/// The entry that the next boot takes without anybody at the keyboard, from the text of a grub.cfg
/// as grub-mkconfig, XenServer or a human writes it, and of grubenv beside it ("" where there is
/// none). Honours next_entry and saved_entry of grubenv, numbers, titles, ids and paths with '>' in
/// `default`, a submenu as default, and a default that names nothing (GRUB takes the first entry
/// then). Xen starts where GRUB loads a Xen image itself, or hands one as a module to another
/// kernel that starts it (tboot), before any Linux; dom0's kernel is the module behind it. Whatever
/// else is loaded starts no Xen. What depends on the machine, as GrubScript has it, is taken to be
/// false. Throws Error (ExitCode::host) "cannot tell what the next boot starts: REASON".
BootEntry next_entry(std::string_view grub_cfg, std::string_view grubenv);

}  // namespace xenlaunch
