#pragma once

#include <string>
#include <vector>

#include "tests/fakes/world.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {

using Lines = std::vector<std::string>;

inline const std::string uuid = "11111111-2222-4333-8444-555555555555";

/// An integrated GPU and a sound device, both with a driver to go back to.
inline LaunchPlan two_devices(const StartMode& mode = {}) {
  VmConfig vm = vm_with({igd(), sound()});
  vm.uuid = uuid;
  return plan_of(vm, {igd(), sound()}, mode);
}

/// A change to the host and what takes it back, in the order of that.
struct Change {
  std::string done;
  Lines undone;
  std::size_t first_undo = undone.size();  ///< how many of these calls are an undo of their own
  Lines when_failed = {};                  ///< what its step takes back at once where it fails
};

inline std::string watch_qemu(Domid domid) {
  return "watch /local/domain/0/device-model/" + std::to_string(domid) + "/state";
}

inline const std::string watch_ends = "watch @releaseDomain";

inline std::string start_of_qemu(Domid domid) {
  const std::string id = std::to_string(domid);
  return "spawn /qemu > /log/vm.log, held at /var/run/xen/hold-xenlaunch-" + id +
         ", with /var/run/xen/resource-xenlaunch-" + id + " as resource of 0000:00:02.0";
}

/// What says that a guest has had the function since it was reset.
inline std::string mark_of(const std::string& slot) {
  return "/libxl/pci/0000-00-" + slot + "-0/xenlaunch_unreset";
}

inline Change assignment_of(const std::string& slot, const std::string& domid) {
  const std::string bdf = "0000:00:" + slot + ".0";
  return {
      .done = "assign " + bdf + " to " + domid,
      .undone = {"deassign " + bdf + " from " + domid, "reset " + bdf, "remove " + mark_of(slot)},
      .when_failed = {"remove " + mark_of(slot)}};
}

/// The start of two_devices() as domain `domid`.
inline std::vector<Change> changes_of(Domid domid) {
  const std::string id = std::to_string(domid);
  const std::string hold = "/var/run/xen/hold-xenlaunch-" + id;
  const std::string view = "/var/run/xen/resource-xenlaunch-" + id;
  const std::string end_of_qemu =
      "kill QEMU, remove /var/run/xen/qmp-libxl-" + id + " /var/run/xen/qmp-xenlaunch-" + id + " " +
      hold + " " + hold + "-disks /var/run/xen/xenstore-xenlaunch-" + id + " " + view +
      " /var/run/xen/device-xenlaunch-" + id + " /var/run/xen/root-xenlaunch-" + id;
  return {
      {"lock pci-0000:00:02.0", {}},
      {"lock pci-0000:00:03.0", {}},
      {"bind 0000:00:02.0 to pciback",
       {"release 0000:00:02.0 to dom0", "restore 0000:00:02.0 to i915"},
       1},
      {"write /libxl/pci/0000-00-02-0/driver_path = /sys/bus/pci/drivers/i915",
       {"remove /libxl/pci/0000-00-02-0"}},
      {"bind 0000:00:03.0 to pciback",
       {"release 0000:00:03.0 to dom0", "restore 0000:00:03.0 to snd_hda_intel"},
       1},
      {"write /libxl/pci/0000-00-03-0/driver_path = /sys/bus/pci/drivers/snd_hda_intel",
       {"remove /libxl/pci/0000-00-03-0"}},
      {"switch rom on 0000:00:02.0", {"switch rom off 0000:00:02.0"}},
      {"create domain " + uuid, {"destroy " + id}},
      {start_of_qemu(domid), {end_of_qemu}},
      {"configure " + id, {}},
      {"write /local/domain/" + id + " and others", {"remove /local/domain/" + id + " and others"}},
      {"claim /libxl/pci/0000-00-02-0/domid", {"remove /libxl/pci/0000-00-02-0/domid"}},
      {"write " + mark_of("02") + " = vm", {}},
      assignment_of("02", id),
      {"claim /libxl/pci/0000-00-03-0/domid", {"remove /libxl/pci/0000-00-03-0/domid"}},
      {"write " + mark_of("03") + " = vm", {}},
      assignment_of("03", id),
      {"write /local/domain/0/backend/pci/" + id + "/0 and others",
       {"watch /local/domain/0/backend/pci/" + id + "/0/state",
        "unwatch /local/domain/0/backend/pci/" + id + "/0/state",
        "remove /local/domain/0/backend/pci/" + id + " and others",
        "await backend of " + id + " gone"}},
      {"write /local/domain/" + id + "/image/device-model-pid = 4711", {}},
      {"let go at " + hold, {end_of_qemu}},
      {"build " + id, {}},
      {"write /local/domain/" + id + "/memory/static-max and others", {}},
      {"introduce " + id, {}},
      {watch_qemu(domid), {}},
      {"write /local/domain/" + id + "/serial/0/tty = /dev/pts/3", {}},
      {"unpause " + id, {"pause " + id}},
      {watch_ends, {}},
  };
}

}  // namespace xenlaunch::test
