#include "launcher/cli/boot_change.h"

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/signals_blocked.h"
#include "launcher/host/lock.h"

namespace xenlaunch {

HostBoot change_next_boot(const BootChange& change, const Options& options,
                          const std::string& action, const ThisHost& host, Progress& progress) {
  refuse_copy(options, "change the boot configuration");
  const HostSettings settings = host_settings(options);
  HostPrograms programs;
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root, host);
  HostBoot boot{.running = read_running(options.root, xen.get())};
  progress.step("waiting for other changes of the boot configuration to end");
  Lock lock{host.directories.locks, "boot-configuration", "xenlaunch " + action, action,
            Lock::Mode::wait};
  lock.share_with_children();
  const std::unique_ptr<BootConfig> config =
      find_boot_config(options.root, settings.xen_cmdline, programs);
  if (!config && change.kind == BootChange::Kind::unhide)
    if (const std::string why = hidden_by_hand(boot.running, change.device); !why.empty())
      throw Error{ExitCode::host, "cannot " + action + ": " + why};
  if (!config)
    throw Error{ExitCode::host,
                "cannot " + action +
                    ": this host's boot configuration is not known: there is neither " +
                    settings.xen_cmdline + " nor /boot/grub/grub.cfg"};
  // A change is made as a whole: Ctrl-C and the like take effect after it.
  const SignalsBlocked blocked;
  boot.next = ensure(*config, change, progress);
  return boot;
}

void print_state(const Options& options, std::ostream& out, const nlohmann::ordered_json& document,
                 const std::string& state) {
  out << (options.json ? json_text(document) : state + "\n");
}

}  // namespace xenlaunch
