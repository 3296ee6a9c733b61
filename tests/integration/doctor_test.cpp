#include <doctest/doctest.h>

#include <fstream>
#include <sstream>
#include <string>

#include "launcher/cli/cli.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("the doctor says of this machine whether it runs Xen, and what follows from that") {
  std::string type;
  std::ifstream{"/sys/hypervisor/type"} >> type;
  const ThisHost host{.xen = make_xc_hypervisor, .store = [] { return make_xs_store(); }};
  std::ostringstream out;
  std::ostringstream err;
  const int status = run_program({"host", "doctor"}, host, out, err);
  CHECK(err.str() == "");
  CHECK((status == 0 || status == 4));
  if (type == "xen") {
    CHECK(out.str().find("Xen is running") != std::string::npos);
  } else {
    CHECK(status == 4);
    CHECK(out.str().starts_with(
        "problem  xen                    Xen is not running. What follows is what can be told "
        "without it. Install Xen"));
    for (const char* check : {"\nok       lockdown", " hvm  ", " iommu  ", " qemu  "})
      CHECK(out.str().find(check) != std::string::npos);
  }
}

}  // namespace
}  // namespace xenlaunch::test
