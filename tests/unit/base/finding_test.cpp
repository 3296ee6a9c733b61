#include "base/finding.h"

#include <set>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

const Finding display{FindingCode::dom0_has_access, "0000:00:02.0",
                      "it is the system display device", "reboot the host"};
const Finding unsaid{FindingCode::boot_not_known, "host", "the next boot is not known", "",
                     Severity::unknown};

TEST_CASE("each code has its own name in snake_case, at its own place") {
  std::set<std::string> names;
  for (std::size_t i = 0; i < finding_kinds.size(); ++i) {
    CHECK(finding_kinds.at(i).code == static_cast<FindingCode>(i));
    const std::string name = to_string(finding_kinds.at(i).code);
    CAPTURE(name);
    CHECK(names.insert(name).second);
    CHECK(name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0_") == std::string::npos);
  }
  CHECK(to_string(FindingCode::host_unreadable) == "host_unreadable");
}

TEST_CASE("a finding reads as a sentence, and behind what cannot be done") {
  CHECK(as_sentence(display) == "It is the system display device; reboot the host.");
  CHECK(as_refusal(display) ==
        "cannot pass 0000:00:02.0: it is the system display device; reboot the host");
  CHECK(as_refusal(display, "take it") ==
        "cannot take it: it is the system display device; reboot the host");
  CHECK(as_sentence({FindingCode::in_use_by_vm, "0000:00:02.0", "vm (domain 3) has it", ""}) ==
        "Vm (domain 3) has it.");
  CHECK(as_refusal({FindingCode::xen_unreachable, "host", "cannot talk to Xen: no", ""}) ==
        "cannot talk to Xen: no");
  CHECK(as_refusal(unsaid) == "also: the next boot is not known");
}

TEST_CASE("everything that blocks is refused at once, with the first one's status") {
  const Finding memory{FindingCode::not_enough_memory, "1 GiB", "too little is free", ""};
  Finding warning = display;
  warning.severity = Severity::warns;
  CHECK(error_of([&] { refuse({}); }).empty());
  CHECK(error_of([&] { refuse({warning, unsaid}); }).empty());
  CHECK(error_of([&] {
          refuse({warning, memory, display, unsaid});
        }) ==
        "5: cannot give the guest 1 GiB: too little is free\n"
        "cannot pass 0000:00:02.0: it is the system display device; reboot the host\n"
        "also: the next boot is not known");
  CHECK(error_of([&] { refuse({display}, "take it"); }) ==
        "4: cannot take it: it is the system display device; reboot the host");
  try {
    refuse({warning, memory});
  } catch (const Refused& refused) {
    CHECK(refused.findings == std::vector<Finding>{warning, memory});
  }
}

}  // namespace
}  // namespace xenlaunch::test
