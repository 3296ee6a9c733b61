#pragma once

#include <string>

#include "launcher/launch.h"
#include "tests/fakes/fakes.h"

namespace xenlaunch::test {

/// A host of fakes on which QEMU gets ready at once; what the guest does then is the test's to add
/// to `events.script`.
struct World {
  Journal journal;
  FakePciBinder pci{journal};
  FakeHypervisor xen{journal};
  FakeStore store{journal};
  FakeDeviceModel qemu{journal};
  FakeEvents events;
  FakeLocks locks{journal};
  FakeProgress progress{journal};

  World() {
    events.script.push_back([this] {
      set_qemu_state("running");
      return Event::store_changed;
    });
  }

  void set_qemu_state(const std::string& state) {
    store.nodes["/local/domain/0/device-model/7/state"] = state;
  }

  void guest_ends(ShutdownReason reason) {
    events.script.push_back([this, reason] {
      xen.domains.at(FakeHypervisor::new_domid).shutdown = reason;
      return Event::store_changed;
    });
  }

  HostAccess access() { return {pci, xen, store, qemu, events, locks}; }

  LaunchResult launch(const LaunchPlan& plan) {
    for (const PlannedDevice& device : plan.devices)
      pci.functions.emplace(device.function.address, device.function);
    const LaunchSettings settings{.log_directory = "/log",
                                  .ready_timeout = std::chrono::seconds{9}};
    return xenlaunch::launch(plan, settings, access(), progress);
  }
};

}  // namespace xenlaunch::test
