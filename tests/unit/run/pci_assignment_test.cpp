#include "launcher/run/pci_assignment.h"

#include "tests/unit/run/pci_host.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

TEST_CASE("assign binds to pciback, puts the driver on record and the device in quarantine") {
  Host host{"snd_hda_intel"};
  CHECK(host.assign() == DriverChange{"snd_hda_intel", "pciback"});
  CHECK(host.journal.lines == assigned);
  CHECK(host.store.read(driver_node) == driver_path);
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("a device without a driver is assigned, and the driver of an earlier time stays known") {
  Host host{std::nullopt};
  host.on_record(driver_path);
  CHECK(host.assign() == DriverChange{std::nullopt, "pciback"});
  CHECK(host.journal.lines ==
        Lines{assigned[0], assigned[1], assigned[3], assigned[4], assigned[5]});
  CHECK(host.store.read(driver_node) == driver_path);
}

TEST_CASE("a device that pciback has is assigned already, and nothing is changed") {
  Host host{"pciback"};
  CHECK(host.assign() == DriverChange{"pciback", "pciback"});
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
}

TEST_CASE("a device that another tool assigns at the same time is that tool's") {
  Host host{"snd_hda_intel"};
  host.pci.on_pciback = {host.device};
  CHECK(host.assign() == DriverChange{"pciback", "pciback"});
  CHECK(host.journal.lines == Lines{assigned[0], assigned[1], assigned[5]});
}

TEST_CASE("whichever call of an assignment fails, what was done before it is undone") {
  const Lines undo{"remove " + record, "restore 0000:00:03.0 to snd_hda_intel"};
  for (std::size_t k = 0; k < 5; ++k) {
    CAPTURE(assigned[k]);
    Host host{"snd_hda_intel"};
    host.journal.fail_at = k;
    CHECK(error_of([&] { host.assign(); }) == "5: injected failure");
    Lines expected{assigned.begin(), assigned.begin() + static_cast<std::ptrdiff_t>(k) + 1};
    if (k >= 3) expected.push_back(undo[0]);
    if (k >= 2) expected.push_back(undo[1]);
    if (k >= 1) expected.push_back(assigned[5]);
    CHECK(host.journal.lines == expected);
    CHECK(host.store.nodes.empty());
    CHECK_FALSE(host.has_journal());
  }
}

TEST_CASE("an assignment that cannot be undone says what is left") {
  Host host{"snd_hda_intel"};
  host.journal.fail_at = 4;
  host.journal.fail_on = "restore 0000:00:03.0 to snd_hda_intel";
  CHECK(error_of([&] { host.assign(); }) ==
        "8: injected failure\ncould not give 0000:00:03.0 back to snd_hda_intel: injected failure");
  CHECK(host.has_journal());  // for another try
  host.journal.fail_at.reset();
  host.journal.fail_on.clear();
  host.recover();
  CHECK(host.pci.bound.empty());
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("a device is judged as it is under the lock, once a killed assignment is undone") {
  Host host{"snd_hda_intel"};
  host.killed_at(2, [&] { host.assign(); });
  host.judge = [&](const PciFunction& function) {
    CHECK(function.driver == "snd_hda_intel");
    CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "remove " + record,
                                      "restore 0000:00:03.0 to snd_hda_intel"});
    throw Error{ExitCode::host, "cannot assign it: it must stay"};
  };
  CHECK(error_of([&] { host.assign(); }) == "4: cannot assign it: it must stay");
  CHECK(host.journal.lines.back() == "unlock pci-0000:00:03.0");
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("a device that Xen does not know or has given away is refused before it is touched") {
  Host host{"snd_hda_intel"};
  host.xen.assigned = {host.device};
  CHECK(error_of([&] { host.assign(); }) ==
        "5: cannot assign 0000:00:03.0 to pciback: Xen does not know it, keeps it for itself, or "
        "has given it to another domain");
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
  CHECK_FALSE(host.has_journal());
}

TEST_CASE("restore lets dom0 have the device, gives it to the driver on record, and forgets that") {
  Host host{"pciback"};
  host.on_record(driver_path);
  CHECK(host.restore() == DriverChange{"pciback", "snd_hda_intel"});
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "release 0000:00:03.0 to dom0",
                                    "restore 0000:00:03.0 to snd_hda_intel", "remove " + record,
                                    "unlock pci-0000:00:03.0"});
  CHECK(host.store.nodes.empty());
}

TEST_CASE("a device whose driver is not on record is left without one") {
  Host host{"pciback"};
  CHECK(host.restore() == DriverChange{"pciback", std::nullopt});
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "release 0000:00:03.0 to dom0",
                                    "restore 0000:00:03.0 to nothing", "remove " + record,
                                    "unlock pci-0000:00:03.0"});
}

TEST_CASE("a device that pciback does not have stays where it is") {
  for (const std::optional<std::string>& driver :
       {std::optional<std::string>{"snd_hda_intel"}, std::optional<std::string>{}}) {
    Host host{driver};
    CHECK(host.restore() == DriverChange{driver, driver});
    CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
  }
}

TEST_CASE("a device that another driver has is not taken from it for a record") {
  Host host{"snd_sof"};
  host.on_record(driver_path);
  CHECK(host.restore() == DriverChange{"snd_sof", "snd_sof"});
  CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
}

TEST_CASE("whichever part of a restoration fails, the record stays and another try finishes it") {
  for (std::size_t k = 1; k <= 3; ++k) {
    CAPTURE(k);
    Host host{"pciback"};
    host.on_record(driver_path);
    host.journal.fail_at = k;
    CHECK(error_of([&] { host.restore(); }) == "5: injected failure");
    CHECK(host.store.nodes == std::map<std::string, std::string>{{driver_node, driver_path}});
    // Where the driver was not loaded, say, the device has left pciback all the same.
    if (k == 2) host.pci.functions.at(host.device).driver.reset();
    host.journal.fail_at.reset();
    CHECK(host.restore().after == "snd_hda_intel");
    CHECK(host.store.nodes.empty());
  }
}

TEST_CASE("only the name of a driver is taken from the record") {
  for (const std::string& path :
       {std::string{"/sys/bus/pci/drivers/"}, std::string{"/sys/bus/pci/drivers/../../x"},
        std::string{"/sys/bus/pci/drivers/a/b"}, std::string{"/sys/bus/pci/drivers/a b"},
        std::string{"snd_hda_intel"}, std::string{"/sys/bus/usb/drivers/snd"}, std::string{}}) {
    Host host{"pciback"};
    host.on_record(path);
    CHECK(error_of([&] { host.restore(); }) ==
          "6: cannot restore 0000:00:03.0 to its driver: the record of its former driver, "
          "/libxl/pci/0000-00-03-0/driver_path, holds '" +
              path +
              "', not /sys/bus/pci/drivers/NAME; `xenstore-write` puts the driver there, "
              "`xenstore-rm` leaves it without");
    CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
  }
}

TEST_CASE("a device that a VM has is neither assigned nor restored") {
  Host host{"pciback"};
  host.owned_by(3);
  CHECK(error_of([&] { host.assign(); }) ==
        "4: cannot assign 0000:00:03.0 to pciback: owner (domain 3) has it");
  CHECK(error_of([&] { host.restore(); }) ==
        "4: cannot restore 0000:00:03.0 to its driver: owner (domain 3) has it");
  CHECK(host.journal.lines == Lines{});
  host.xen.domains.erase(3);
  CHECK(host.restore() == DriverChange{"pciback", std::nullopt});
}

/// A launcher that gives the device to a VM just before it lets go of the lock.
class LateOwner final : public Locks {
 public:
  explicit LateOwner(Host& host) : host_{host} {}
  std::shared_ptr<void> take(const std::string& name, const std::string& action) override {
    host_.owned_by(3);
    return host_.locks.take(name, action);
  }

 private:
  Host& host_;
};

TEST_CASE("a device that a VM was given before the lock was had is left alone") {
  for (const bool assigns : {true, false}) {
    Host host{"pciback"};
    LateOwner locks{host};
    const PciAccess access{host.pci,     host.xen,        host.store,
                           locks,        host.run.root(), WithoutReset::pciback,
                           host.progress};
    CHECK(error_of([&] {
            if (assigns)
              assign_to_pciback(host.device, access, host.judge);
            else
              restore_to_driver(host.device, access);
          }).ends_with(": owner (domain 3) has it"));
    CHECK(host.journal.lines == Lines{"lock pci-0000:00:03.0", "unlock pci-0000:00:03.0"});
  }
}

TEST_CASE("a function that the host does not have is named") {
  const HostPci host = host_with({sound(), igd()});
  CHECK(find_function("pass it", {0, 0, 2, 0}, host) == igd());
  CHECK(error_of([&] {
          find_function("pass it", {0, 0, 4, 0}, host);
        }) ==
        "4: cannot pass it: there is no such device; `xenlaunch pci list` shows those that there "
        "are");
}

TEST_CASE("what was changed is said in one line") {
  const PciAddress device = sound().address;
  CHECK(describe_assigned(device, {"a", "pciback"}) ==
        "0000:00:03.0 is on pciback now; it had the driver a");
  CHECK(describe_assigned(device, {std::nullopt, "pciback"}) ==
        "0000:00:03.0 is on pciback now; it had no driver");
  CHECK(describe_assigned(device, {"pciback", "pciback"}) ==
        "0000:00:03.0 is on pciback already; nothing was changed");
  CHECK(describe_restored(device, {"pciback", "a"}) == "0000:00:03.0 has the driver a again");
  CHECK(describe_restored(device, {"pciback", std::nullopt}) == "0000:00:03.0 has no driver now");
  CHECK(describe_restored(device, {"a", "a"}) ==
        "0000:00:03.0 is not on pciback; it has the driver a, and nothing was changed");
  CHECK(describe_restored(device, {}) ==
        "0000:00:03.0 is not on pciback; it has no driver, and nothing was changed");
}

}  // namespace
}  // namespace xenlaunch::test
