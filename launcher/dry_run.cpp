#include "launcher/dry_run.h"

#include "launcher/config/vm_reader.h"
#include "launcher/host/host_reader.h"
#include "launcher/output.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch {

LaunchPlan plan_vm(const std::filesystem::path& vm_file, const std::filesystem::path& root,
                   const HostSettings& settings) {
  const VmConfig vm = read_vm_file(vm_file);
  return resolve(vm, vm.pci.empty() ? HostPci{} : read_host_pci(root), settings);
}

std::string dry_run(const LaunchPlan& plan, DryRunFormat format,
                    const std::optional<unsigned>& domid) {
  Facts facts;
  if (domid) facts.domid = std::to_string(*domid);
  if (plan.vm.uuid) facts.uuid = *plan.vm.uuid;
  switch (format) {
    case DryRunFormat::argv:
      return format_argv(plan, facts);
    case DryRunFormat::plan:
      return format_plan(plan, facts);
    case DryRunFormat::json:
      break;
  }
  return format_json(plan, facts);
}

}  // namespace xenlaunch
