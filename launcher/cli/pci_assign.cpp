// pci assign and pci restore.
#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/signals_blocked.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/device_facts.h"
#include "launcher/checks/device_findings.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/host/host_reader.h"
#include "launcher/run/pci_assignment.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

/// The host that a command changes.
class ChangedHost {
 public:
  ChangedHost(const ThisHost& host, WithoutReset without_reset, const std::string& purpose,
              Progress& progress)
      : state_directory_{host.directories.state},
        without_reset_{without_reset},
        progress_{progress},
        xen_{host.xen()},
        store_{host.store()},
        locks_{make_file_locks(host.directories.locks, purpose)} {}

  Hypervisor* xen() { return xen_.get(); }

  /// As a whole: Ctrl-C and the like take effect after it.
  template <typename Change>
  auto change(Change how) {
    const SignalsBlocked blocked;
    return how(
        PciAccess{*pci_, *xen_, *store_, *locks_, state_directory_, without_reset_, progress_});
  }

 private:
  std::filesystem::path state_directory_;
  WithoutReset without_reset_;
  Progress& progress_;
  std::unique_ptr<Hypervisor> xen_;
  std::unique_ptr<Store> store_;
  std::unique_ptr<PciBinder> pci_ = make_sysfs_pci_binder("/");
  std::unique_ptr<Locks> locks_;
};

/// Throws one Error with everything that keeps the function from being taken from its driver;
/// `force` as `pci assign --force`.
void refuse_unassignable(const PciFunction& function, const HostSettings& settings, XenHost* xen,
                         bool force) {
  const HostPci pci = read_host_pci("/", {function.address});
  DeviceFacts facts = read_device_facts("/", pci, settings, xen);
  facts.dom0_needs = read_dom0_needs("/", {function});
  if (force) leave_root_only(facts.dom0_needs);
  refuse(findings_of(std::vector{function}, facts), assign_action(function.address));
}

/// What people have to know of a function that was given back.
void tell_what_remains(const PciAddress& device, const DriverChange& change, const HostBoot& boot,
                       Progress& progress) {
  const std::string bdf = device.to_string();
  if (change.before == change.after) return;
  if (!change.after)
    progress.info("note: " + bdf + " was given to no driver, since none is on record; `echo " +
                  bdf +
                  " > /sys/bus/pci/drivers_probe` gives it to the one that Linux chooses, `echo " +
                  bdf + " > /sys/bus/pci/drivers/NAME/bind` to another");
  if (const std::string why = hidden_by_hand(boot.next, device); !why.empty())
    progress.info("note: " + bdf + " goes to pciback again at the next boot: " + why);
  else if (is_hidden(boot.next, device))
    progress.info("note: the next boot hides " + bdf +
                  " from dom0 again; `xenlaunch gpu "
                  "enable-dom0-access " +
                  bdf + "` ends that");
}

void print(const Options& options, std::ostream& out, const PciAddress& device,
           const DriverChange& change, const std::string& line) {
  const auto name = [](const std::optional<std::string>& driver) {
    return driver ? json(*driver) : json(nullptr);
  };
  out << (options.json ? json_text({{"address", device.to_string()},
                                    {"driver", name(change.after)},
                                    {"former_driver", name(change.before)}})
                       : line + "\n");
}

}  // namespace

ExitCode pci_assign_command(const Options& options, const ThisHost& host, std::ostream& out,
                            Progress& progress) {
  const PciAddress device = pci_address(options);
  const std::string action = assign_action(device);
  refuse_copy(options, action + " on the host");
  const HostSettings settings = host_settings(options);
  ChangedHost changed{host, settings.return_without_reset,
                      "xenlaunch pci assign " + device.to_string(), progress};
  find_function(action, device, read_host_pci("/", {device}));
  const DriverChange change = changed.change([&](const PciAccess& access) {
    return assign_to_pciback(device, access, [&](const PciFunction& function) {
      refuse_unassignable(function, settings, changed.xen(), options.force_assign);
    });
  });
  print(options, out, device, change, describe_assigned(device, change));
  return ExitCode::done;
}

void recover_device(const PciAddress& device, const HostSettings& settings, const ThisHost& host,
                    Progress& progress) {
  ChangedHost{host, settings.return_without_reset, "xenlaunch recover", progress}.change(
      [&](const PciAccess& access) { recover_assignment(device, access); });
}

ExitCode pci_restore_command(const Options& options, const ThisHost& host, std::ostream& out,
                             Progress& progress) {
  const PciAddress device = pci_address(options);
  const std::string action = restore_action(device);
  refuse_copy(options, action + " on the host");
  const HostSettings settings = host_settings(options);
  ChangedHost changed{host,
                      options.force_restore ? WithoutReset::driver : settings.return_without_reset,
                      "xenlaunch pci restore " + device.to_string(), progress};
  find_function(action, device, read_host_pci("/", {device}));
  HostPrograms programs;
  const HostBoot boot = read_host_boot("/", settings, changed.xen(), programs);
  const DriverChange change =
      changed.change([&](const PciAccess& access) { return restore_to_driver(device, access); });
  print(options, out, device, change, describe_restored(device, change));
  tell_what_remains(device, change, boot, progress);
  return ExitCode::done;
}

}  // namespace xenlaunch
