// pci list and gpu list.
#include <ostream>

#include "base/error.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/device_facts.h"
#include "launcher/checks/device_findings.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/output.h"
#include "launcher/host/device_owner.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/lock.h"
#include "launcher/host/pci_names.h"

namespace xenlaunch {
namespace {

struct Holders {
  DeviceOwners owners;
  UnresetDevices unreset;
};

/// Which VM has which function, and what has had which unreset one; none where no Xen runs. nullopt
/// where the store does not answer, which is told of and not fatal.
std::optional<Holders> read_holders(const HostPci& pci, Domains* xen, const ThisHost& host,
                                    Progress& progress) {
  if (xen == nullptr) return Holders{};
  try {
    const std::unique_ptr<Store> store = host.store();
    return Holders{.owners = device_owners(pci.functions, *store, *xen),
                   .unreset = unreset_devices(pci.functions, *store)};
  } catch (const Error& error) {
    progress.warning(std::string{error.what()} + "; which VM has which device is not known");
    return std::nullopt;
  }
}

/// Whether nobody has it or is about to; nullopt in a copy, and where the owners are not known.
std::optional<bool> is_free(const PciFunction& function, const std::optional<Holders>& holders,
                            const Options& options, const ThisHost& host) {
  if (options.root != "/" || !holders) return std::nullopt;
  return !holders->owners.contains(function.address) &&
         !lock_holder(host.directories.locks, "pci-" + function.address.to_string());
}

/// Null, and told of, also where Xen runs but does not talk to this user: a list needs it for
/// little.
std::unique_ptr<Hypervisor> connect_for_owners(const Options& options, const ThisHost& host,
                                               Progress& progress) {
  try {
    return connect_where_xen_runs(options.root, host);
  } catch (const Error& error) {
    progress.warning(std::string{error.what()} + "; which VM has which device is not known");
    return nullptr;
  }
}

}  // namespace

ExitCode pci_list_command(const Options& options, const ThisHost& host, std::ostream& out,
                          Progress& progress) {
  const HostSettings settings = host_settings(options);
  const HostPci pci = read_host_pci(options.root);
  const std::unique_ptr<Hypervisor> xen = connect_for_owners(options, host, progress);
  const auto [owners, unreset] = read_holders(pci, xen.get(), host, progress).value_or(Holders{});
  out << (options.json ? format_pci_list_json(pci, settings.integrated_vendors, owners, unreset)
                       : format_pci_list(pci, owners, unreset));
  return ExitCode::done;
}

ExitCode gpu_list_command(const Options& options, const ThisHost& host, std::ostream& out,
                          Progress& progress) {
  const HostSettings settings = host_settings(options);
  const HostPci pci = read_host_gpus(options.root);
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root, host);
  DeviceFacts facts = read_device_facts(options.root, pci, settings, xen.get());
  for (const std::string& note : facts.boot_notes) progress.warning(note);
  const std::optional<Holders> holders = read_holders(pci, xen.get(), host, progress);
  if (holders) facts.owners = holders->owners;
  if (holders) facts.unreset = holders->unreset;
  facts.dom0_needs = read_dom0_needs(options.root, functions_of(facts.gpus));
  PciNameList list;
  std::vector<GpuEntry> entries;
  for (const Gpu& gpu : facts.gpus) {
    entries.push_back({.names = list.names(gpu.function.id),
                       .owner = owner_of(gpu.function, facts.owners),
                       .free = is_free(gpu.function, holders, options, host),
                       .gpu = gpu,
                       .findings = findings_of(gpu.function, facts)});
  }
  out << (options.json ? format_gpu_list_json(entries) : format_gpu_list(entries));
  return ExitCode::done;
}

}  // namespace xenlaunch
