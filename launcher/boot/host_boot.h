#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "launcher/boot/boot_state.h"
#include "launcher/boot/hiding.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/program.h"
#include "launcher/host/this_host.h"

namespace xenlaunch {

/// What runs, what the next boot will run, and what of that is not known.
struct HostBoot {
  BootLines running;
  BootLines next;               ///< as `running` where it is not known
  std::optional<NoXen> no_xen;  ///< of the next boot; nullopt where it starts Xen, or not known
  std::optional<GarbledHide> garbled_hide;
  std::vector<std::string> notes;  ///< each a part of a sentence, for people; `no_xen` too
};

/// Whether this machine runs Xen now, whoever asks.
bool runs_under_xen();

/// Connects where the host below `root` is this one and runs Xen; null otherwise. Throws as
/// host.xen.
std::unique_ptr<Hypervisor> connect_where_xen_runs(const std::filesystem::path& root,
                                                   const ThisHost& host);

/// Xen's command line comes from the hypervisor; below another root than "/" from
/// `root`/xen-commandline, and where that file is missing too no Xen runs. Where Xen runs
/// but was not asked (`xen` is null) its line is empty. dom0's is `root`/proc/cmdline; beside it,
/// what modprobe's files and the loaded module say of hidden devices.
BootLines read_running(const std::filesystem::path& root, XenHost* xen);

HostBoot read_host_boot(const std::filesystem::path& root, const HostSettings& settings,
                        XenHost* xen, Programs& programs);

}  // namespace xenlaunch
