#include "tests/unit/run/pci_host.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("wherever an assignment is killed, recovering undoes what it may have done") {
  for (std::size_t k = 1; k < 5; ++k) {
    CAPTURE(assigned[k]);
    Host host{"snd_hda_intel"};
    host.killed_at(k, [&] { host.assign(); });
    CHECK(host.has_journal());
    host.recover();
    Lines expected{"lock pci-0000:00:03.0"};
    if (k >= 3) expected.push_back("release 0000:00:03.0 to dom0");
    if (k >= 2) expected.push_back("remove " + record);
    expected.push_back("restore 0000:00:03.0 to snd_hda_intel");
    expected.push_back("unlock pci-0000:00:03.0");
    CHECK(host.journal.lines == expected);
    CHECK(host.progress.messages ==
          Lines{"0000:00:03.0: what a killed `xenlaunch pci` had left was given back"});
    CHECK(host.store.nodes.empty());
    CHECK_FALSE(host.has_journal());
    host.journal.lines.clear();
    host.recover();
    CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
  }
}

TEST_CASE("wherever a restoration is killed, recovering does the rest of it") {
  for (std::size_t k = 1; k < 4; ++k) {
    CAPTURE(k);
    Host host{"pciback"};
    host.on_record(driver_path);
    host.killed_at(k, [&] { host.restore(); });
    CHECK(host.has_journal());
    host.recover();
    Lines expected{"lock pci-0000:00:03.0", "release 0000:00:03.0 to dom0",
                   "restore 0000:00:03.0 to snd_hda_intel", "remove " + record,
                   "unlock pci-0000:00:03.0"};
    expected.erase(expected.begin() + 1, expected.begin() + static_cast<std::ptrdiff_t>(k));
    CHECK(host.journal.lines == expected);
    CHECK(host.store.nodes.empty());
    CHECK_FALSE(host.has_journal());
  }
}

TEST_CASE("an assignment begins with what a killed one has left") {
  Host host{"snd_hda_intel"};
  host.killed_at(2, [&] { host.assign(); });
  CHECK(host.assign() == DriverChange{"snd_hda_intel", "pciback"});
  Lines expected = assigned;
  expected.insert(expected.begin() + 1,
                  {"remove " + record, "restore 0000:00:03.0 to snd_hda_intel"});
  CHECK(host.journal.lines == expected);
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("what a killed assignment has left is not taken from a VM that has the device by now") {
  Host host{"snd_hda_intel"};
  host.killed_at(4, [&] { host.assign(); });
  host.owned_by(3);
  CHECK(error_of([&] { host.recover(); }) ==
        "4: cannot recover 0000:00:03.0: owner (domain 3) has it");
  CHECK(host.journal.lines == Lines{});
  CHECK(host.has_journal());
}

TEST_CASE("of a function that is gone only its traces are removed") {
  Host host{"snd_hda_intel"};
  host.killed_at(4, [&] { host.assign(); });
  host.pci.gone = {host.device};
  host.recover();
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "remove " + record,
                                    "restore 0000:00:03.0 to snd_hda_intel",
                                    "unlock pci-0000:00:03.0"});
  CHECK(host.progress.messages ==
        Lines{"warning: cannot give 0000:00:03.0 back to snd_hda_intel: the host has no such "
              "function any more",
              "0000:00:03.0: what a killed `xenlaunch pci` had left was given back"});
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("a recovery that fails says what is left, and can be tried again") {
  Host host{"snd_hda_intel"};
  host.killed_at(4, [&] { host.assign(); });
  host.xen.assigned = {host.device};
  CHECK(error_of([&] { host.recover(); }) ==
        "8: cannot give back everything that a killed `xenlaunch pci` had taken:\ncannot give "
        "0000:00:03.0 back to snd_hda_intel: another domain has it (xl pci-list DOMAIN)");
  host.xen.assigned.clear();
  host.journal.lines.clear();
  host.recover();
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0",
                                    "restore 0000:00:03.0 to snd_hda_intel",
                                    "unlock pci-0000:00:03.0"});
}

TEST_CASE("a recovery goes no further than to what fails: the record of the driver goes last") {
  Host host{"pciback"};
  host.on_record(driver_path);
  host.killed_at(1, [&] { host.restore(); });
  host.journal.fail_on = "restore 0000:00:03.0 to snd_hda_intel";
  CHECK(error_of([&] { host.recover(); }) ==
        "8: cannot give back everything that a killed `xenlaunch pci` had taken:\ninjected "
        "failure");
  CHECK(host.store.read(driver_node) == driver_path);
  CHECK(host.has_journal());
}

}  // namespace
}  // namespace xenlaunch::test
