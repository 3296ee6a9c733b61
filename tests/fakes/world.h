#pragma once

#include <string>

#include "launcher/run/launch.h"
#include "tests/fakes/fake_device_model.h"
#include "tests/fakes/fake_nic_host.h"
#include "tests/fakes/fakes.h"
#include "tests/fakes/launcher_journal.h"

namespace xenlaunch::test {

/// A host of fakes on which QEMU gets ready at once; what the guest does then is the test's to add
/// to `events.script`.
struct World {
  Journal journal;
  FakePciBinder pci{journal};
  FakeBlockBackends disks{journal};
  FakeNicHost nics{journal};
  FakeHypervisor xen{journal};
  FakeStore store{journal};
  FakeDeviceModel qemu{journal};
  FakeEvents events;
  FakeLocks locks{journal};
  FakeProgress progress{journal};
  FakeLauncherJournal launcher_journal;
  LaunchSettings settings{.directories = {.logs = "/log"},
                          .ready_timeout = std::chrono::seconds{9}};

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

  HostAccess access() { return {pci, disks, nics, xen, store, qemu, events, locks}; }

  LaunchResult launch(const LaunchPlan& plan) {
    return launcher(plan, {.vm = "vm", .uuid = plan.vm.uuid.value_or(domain_uuid)}).run();
  }

  /// `content` is what an earlier launcher's journal says.
  LaunchResult take_over(const LaunchPlan& plan, const JournalContent& content) {
    return launcher(plan, content.header).take_over(content);
  }
  std::string undo(const LaunchPlan& plan, const JournalContent& content) {
    return launcher(plan, content.header).undo(content);
  }

  static constexpr const char* domain_uuid = "12345678-1234-4234-8234-123456789abc";

  Launch launcher(const LaunchPlan& plan, const JournalHeader& header,
                  std::optional<Domid> attach_to = {}) {
    for (const PlannedDevice& device : plan.devices)
      pci.functions.emplace(device.function.address, device.function);
    return {plan, settings, access(), launcher_journal, header, progress, attach_to};
  }
};

}  // namespace xenlaunch::test
