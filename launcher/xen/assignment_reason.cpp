#include "launcher/xen/assignment_reason.h"

#include <cerrno>

#include "base/error.h"

namespace xenlaunch {

std::string assignment_reason(int error_number) {
  switch (error_number) {
    case EPERM:
      return "it shares reserved memory (RMRR) with another device, or Xen's security policy "
             "forbids it; "
             "rdm_policy: relaxed passes it all the same, at the price of isolation from that "
             "other device";
    case EXDEV:
      return "the domain's memory is shared, paged out, populated on demand or being logged, which "
             "no device can "
             "be given";
    case EINVAL:
    case EBUSY:
      return "another domain has it, or Xen knows no such device";
    case ENODEV:
      return "Xen knows no such device, or no IOMMU that it is behind";
    case EOPNOTSUPP:
    case ENOSYS:
      return "Xen uses no IOMMU; switch on VT-d or AMD-Vi in the firmware setup and remove "
             "iommu=off from Xen's "
             "command line";
    case EBADF:
      return "Xen has marked it as broken; `xl dmesg` says why";
    default:
      return errno_text(error_number);
  }
}

}  // namespace xenlaunch
