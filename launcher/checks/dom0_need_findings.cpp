#include "launcher/checks/dom0_need_findings.h"

#include <fmt/format.h>

#include <utility>

#include "base/text.h"

namespace xenlaunch {
namespace {

std::string chain_text(const Dom0Need& need) {
  constexpr std::size_t longest = 60;  // of a mount point
  std::string text;
  for (const std::string& link : need.chain)
    text += (text.empty() ? "" : " → ") + excerpt(link, longest);
  return text;
}

struct Wording {
  std::string reason;
  std::string remedy;
};

Wording wording_of(const Dom0Need& need) {
  const std::string other = "pass another device";
  const std::string last = need.chain.empty() ? "" : excerpt(need.chain.back(), 60);
  switch (need.kind) {
    case Dom0NeedKind::root_file_system:
      return {"the host's root file system is on it", other};
    case Dom0NeedKind::boot:
      return {"what the host boots from is on it", other};
    case Dom0NeedKind::mounted:
      return {"a mounted file system is on it", need.chain.back().starts_with('/')
                                                    ? other + ", or unmount " + last + " first"
                                                    : other + ", or unmount it first"};
    case Dom0NeedKind::swap:
      return {"the host's swap is on it", other + ", or take that swap away first (swapoff)"};
    case Dom0NeedKind::vm_disk:
      return {"a disk of a running VM is on it", other + ", or end that VM first"};
    case Dom0NeedKind::open_block_device:
      return {"a program has a disk of it open", other + ", or end that program first"};
    case Dom0NeedKind::claimed:
      return {"a disk of it is in use, for instance by a ZFS pool or as an iSCSI target",
              other + ", or end that use first"};
    case Dom0NeedKind::default_route:
      return {"the host's default route goes over it",
              other + ", or give the host another default route first"};
    case Dom0NeedKind::ssh_session:
      return {"the SSH session of this command goes over it",
              other + ", or run this on the host's console"};
    case Dom0NeedKind::not_known:
      return {"it is not known who uses a disk of it", "run this as root in dom0"};
  }
  return {};
}

std::vector<Finding> findings_of(FindingCode code, const std::string& subject,
                                 const std::vector<Dom0Need>& needs) {
  std::vector<Finding> findings;
  for (const Dom0Need& need : needs) {
    const Wording words = wording_of(need);
    findings.push_back(
        {code, subject, fmt::format("{} ({})", words.reason, chain_text(need)), words.remedy,
         need.kind == Dom0NeedKind::not_known ? Severity::unknown : Severity::blocks});
  }
  return findings;
}

}  // namespace

std::vector<Finding> dom0_need_findings(const PciAddress& device,
                                        const std::vector<Dom0Need>& needs) {
  return findings_of(FindingCode::dom0_lives_on_it, device.to_string(), needs);
}

std::vector<Finding> usb_need_findings(const UsbNeeds& needs) {
  std::vector<Finding> findings;
  for (const auto& [port, its] : needs)
    for (Finding& finding : findings_of(FindingCode::usb_device_in_use, port.to_string(), its))
      findings.push_back(std::move(finding));
  return findings;
}

}  // namespace xenlaunch
