#pragma once

#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/checks/device_facts.h"
#include "launcher/config/vm_config.h"
#include "launcher/plan/chosen_devices.h"

namespace xenlaunch {

/// What decides over the choice of a VM's devices, read once.
struct ChoiceFacts {
  DeviceFacts devices;                       ///< of all functions, with owners and dom0's needs
  std::map<PciAddress, unsigned> nodes{};    ///< NUMA nodes, where they matter and are known
  ChosenDevices before{};                    ///< what was chosen for the VM the last time
  std::set<PciAddress> of_others{};          ///< what was chosen for other VMs the last time
  std::map<PciAddress, std::string> left{};  ///< devices of VMs whose launcher was killed
};

/// Claims all of these functions, or none of them and says why: a clause. "" where it has.
using Hold = std::function<std::string(const std::vector<PciFunction>&)>;

struct DeviceChoice {
  ChosenDevices devices{};                        ///< of every entry that is not left out
  std::map<std::size_t, PciFunction> selected{};  ///< of those, the ones with `select`
  std::vector<Finding> left_out{};                ///< what the guest goes without, as warnings
  std::vector<Finding> refusals{};                ///< of what cannot be had: a start is refused
  friend bool operator==(const DeviceChoice&, const DeviceChoice&) = default;
};

/// Whether anything of the VM's devices is open until its start: which one, or whether at all.
bool has_open_devices(const VmConfig& vm);

/// The functions whose dom0 needs and NUMA nodes `choose_devices` looks at.
std::vector<PciFunction> functions_in_question(const VmConfig& vm, const HostPci& pci);

/// Chooses a device for each `select`, in the order of the VM file, among those that can be passed
/// and that `hold` gets: the one of the last time first, those of other VMs last. Leaves out what
/// is optional and busy. Where nothing is open the answer is what the file says.
DeviceChoice choose_devices(const VmConfig& vm, const ChoiceFacts& facts, const Hold& hold);

/// "a GPU (10de:2684, NUMA node 0)"
std::string to_string(const PciSelect& select);

}  // namespace xenlaunch
