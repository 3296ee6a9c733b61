#include "launcher/xen/assignment_reason.h"

#include <cerrno>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("the errno of an assignment is explained") {
  CHECK(assignment_reason(EPERM).starts_with("it shares reserved memory (RMRR)"));
  CHECK(assignment_reason(EXDEV).starts_with("the domain's memory is shared"));
  CHECK(assignment_reason(EBUSY) == "another domain has it, or Xen knows no such device");
  CHECK(assignment_reason(EINVAL) == assignment_reason(EBUSY));
  CHECK(assignment_reason(ENODEV) == "Xen knows no such device, or no IOMMU that it is behind");
  CHECK(assignment_reason(ENOSYS).starts_with("Xen uses no IOMMU"));
  CHECK(assignment_reason(EOPNOTSUPP) == assignment_reason(ENOSYS));
  CHECK(assignment_reason(EBADF).find("`xl dmesg`") != std::string::npos);
}

TEST_CASE("an errno without a known reason has the system's words") {
  CHECK(assignment_reason(ENOMEM) == "Cannot allocate memory");
}

}  // namespace
}  // namespace xenlaunch::test
