// Xen's console ring, and behind a line "%%" its command line.
#include "launcher/checks/device_facts.h"
#include "launcher/checks/xen_boot_messages.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  const std::vector<std::string_view> both = parts(input, 2);
  const IommuReport report = report_iommu(both[0], both[1]);
  for (const std::string& text :
       {report.evidence, report.interrupt_remapping_evidence, iommu_off_word(both[1]),
        igfx_off_word(both[1]), hvm_complaint(both[0]).value_or("")})
    require_clean(text);
  for (const std::string& complaint : report.complaints) require_clean(complaint);
  require(report.state == IommuState::enabled || report.complaints.empty(),
          "complaints are of an IOMMU that is on");
  const std::string guest = "\n(d1) I/O virtualisation disabled\n(d1) [VT-D]IOMMU: unsupported\n";
  require(report_iommu(std::string{both[0]} + guest, both[1]) == report,
          "what a guest prints counts for nothing");
}

const Registration registration{"xen-messages", run};

}  // namespace
}  // namespace xenlaunch::fuzz
