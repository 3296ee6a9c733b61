#include "launcher/boot/host_boot.h"

#include <unistd.h>

#include <cerrno>

#include "base/error.h"
#include "launcher/boot/boot_config.h"
#include "launcher/boot/modprobe_conf.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {

bool runs_under_xen() {
  return read_attribute("/sys/hypervisor/type") == "xen";
}

std::unique_ptr<Hypervisor> connect_where_xen_runs(const std::filesystem::path& root,
                                                   const ThisHost& host) {
  if (root != "/" || !runs_under_xen()) return nullptr;
  return host.xen();
}

BootLines read_running(const std::filesystem::path& root, XenHost* xen) {
  BootLines lines;
  if (xen != nullptr)
    lines.xen = xen->command_line();
  else if (root == "/" && runs_under_xen())
    lines.xen = "";  // not known
  else if (root != "/")
    lines.xen = read_text(root / "xen-commandline");
  lines.dom0 = read_text(root / "proc/cmdline").value_or("");
  lines.loaded_hide = read_if_readable(root / "sys/module/xen_pciback/parameters/hide");
  if (lines.loaded_hide == "(null)\n") lines.loaded_hide = "";  // param_get_charp of Linux
  lines.modprobe =
      read_modprobe_hide(root, read_text(root / "proc/sys/kernel/osrelease").value_or(""));
  return lines;
}

namespace {

/// The next boot, and what is to be told of it.
void read_next(HostBoot& boot, const std::filesystem::path& root, const HostSettings& settings,
               Programs& programs) {
  const std::unique_ptr<BootConfig> config = find_boot_config(root, settings.xen_cmdline, programs);
  if (!config) {
    boot.notes.push_back(
        "what the next boot does is not known: there is neither xen-cmdline nor "
        "/boot/grub/grub.cfg; the states are those of this boot");
    return;
  }
  boot.next = config->next_boot();
  if (!boot.next.xen) {
    boot.no_xen = config->why_no_xen();
    boot.notes.push_back(to_string(*boot.no_xen));
  } else if (const std::optional<HideWord> word = hide_word(boot.next);
             word && !word->file.empty()) {
    const std::string note = stale_initramfs_note(root, config->next_release(), *word);
    if (!note.empty()) boot.notes.push_back(note);
  }
}

}  // namespace

HostBoot read_host_boot(const std::filesystem::path& root, const HostSettings& settings,
                        XenHost* xen, Programs& programs) {
  HostBoot boot{.running = read_running(root, xen)};
  boot.next = boot.running;
  if (!boot.running.xen) boot.notes.push_back("no Xen runs here now");
  if (root == "/" && ::access("/dev/vga_arbiter", R_OK) != 0 && errno == EACCES)
    boot.notes.push_back(
        "/dev/vga_arbiter is closed to this user, so which GPU is the system display device is not "
        "known; run this as "
        "root");
  try {
    read_next(boot, root, settings, programs);
  } catch (const Error& error) {
    boot.notes.push_back(std::string{error.what()} + "; the states are those of this boot");
  }
  boot.garbled_hide = garbled_hide(boot.running, boot.next);
  return boot;
}

}  // namespace xenlaunch
