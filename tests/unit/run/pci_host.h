#pragma once

#include <string>
#include <vector>

#include "launcher/run/pci_assignment.h"
#include "launcher/undo/state_folder.h"
#include "tests/fakes/world.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::DriverChange> {
  static String convert(const xenlaunch::DriverChange& change) {
    return text_of(change.before.value_or("(none)") + " to " + change.after.value_or("(none)"));
  }
};

}  // namespace doctest

namespace xenlaunch::test {

using Lines = std::vector<std::string>;

inline const std::string record = "/libxl/pci/0000-00-03-0";
inline const std::string driver_node = record + "/driver_path";
inline const std::string driver_path = "/sys/bus/pci/drivers/snd_hda_intel";

/// A host with the sound device, 0000:00:03.0.
struct Host : World {
  const PciAddress device = sound().address;
  const testing::TemporaryTree run;

  explicit Host(const std::optional<std::string>& driver) {
    pci.functions.emplace(device, sound());
    pci.functions.at(device).driver = driver;
  }
  void on_record(const std::string& path) { store.nodes[driver_node] = path; }
  void owned_by(Domid domid) {
    xen.domains[domid] = {.domid = domid, .dying = false, .shutdown = {}};
    store.nodes["/local/domain/" + std::to_string(domid) + "/name"] = "owner";
    store.nodes[record + "/domid"] = std::to_string(domid);
  }
  WithoutReset without_reset = WithoutReset::pciback;
  PciAccess access() { return {pci, xen, store, locks, run.root(), without_reset, progress}; }
  Judge judge = [](const PciFunction&) {};
  DriverChange assign() { return assign_to_pciback(device, access(), judge); }
  DriverChange restore() { return restore_to_driver(device, access()); }
  void recover() { recover_assignment(device, access()); }
  bool has_journal() const { return !devices_with_state(run.root()).empty(); }

  /// `change` is killed at its call number `call`.
  template <typename Change>
  void killed_at(std::size_t call, Change change) {
    journal.fail_at = call;
    journal.fail_as_kill = true;
    CHECK_THROWS_AS(change(), Killed);
    journal.fail_at.reset();
    journal.fail_as_kill = false;
    journal.lines.clear();
  }
};

inline const Lines assigned{"lock pci-0000:00:03.0",
                            "bind 0000:00:03.0 to pciback",
                            "write " + driver_node + " = " + driver_path,
                            "drop the override of 0000:00:03.0",
                            "quarantine 0000:00:03.0",
                            "unlock pci-0000:00:03.0"};

}  // namespace xenlaunch::test
