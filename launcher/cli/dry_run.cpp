#include "launcher/cli/dry_run.h"

#include "launcher/cli/output.h"

namespace xenlaunch {

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
