#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/pci_address.h"
#include "launcher/checks/device_facts.h"

namespace xenlaunch {

/// What the running hypervisor says of itself.
struct XenFacts {
  std::string version;  ///< "4.17.7"
  bool hvm = false;
  bool iommu = false;         ///< a device can be assigned (XEN_SYSCTL_PHYSCAP_directio)
  std::string command_line;   ///< Xen's own
  std::string boot_messages;  ///< its console ring, which may have lost its beginning
};

/// The QEMU that a start would use.
struct QemuFacts {
  std::string path;
  std::optional<std::string> problem;  ///< why it cannot be run: "No such file or directory"
  std::string version;                 ///< "7.2.15"; "" where it is not known
  /// Whether it has the device xen-pci-passthrough and the machine option igd-passthru; nullopt
  /// where it could not be asked, for the reason in `unknown_because`.
  std::optional<bool> has_pci_passthrough;
  std::optional<bool> has_igd_passthru;
  std::string unknown_because;
  /// Why it is never a user of its own that is restricted to its domain; "" where it can be.
  std::string unrestricted_because{};
};

enum class ProcessorVendor { intel, amd, other };

/// All that diagnose() decides from.
struct DoctorFacts {
  bool is_copy = false;  ///< of another host's files: nothing that runs there can be asked
  bool running_under_xen = false;
  std::optional<XenFacts> xen;  ///< nullopt: without Xen, or for the reason in `xen_problem`
  std::string xen_problem;      ///< why the hypervisor could not be asked: "Permission denied"
  std::string xen_version;      ///< which one told its version all the same: "4.20.5"; or ""
  std::string built_for_xen;    ///< the Xen of the libraries that we were built with: "4.17"

  ProcessorVendor processor = ProcessorVendor::other;
  bool has_vmx = false;  ///< flags of /proc/cpuinfo; under Xen dom0 does not see them
  bool has_svm = false;
  /// The firmware's ACPI tables. A Xen that uses VT-d renames DMAR to RMAD in memory, so that dom0
  /// leaves the IOMMU alone (acpi_dmar_zap of xen/drivers/passthrough/vtd/dmar.c): in dom0 either
  /// name below /sys/firmware/acpi/tables counts.
  bool has_dmar = false;
  bool has_ivrs = false;
  unsigned iommus{};                        ///< entries of /sys/class/iommu; 0 under Xen
  std::vector<std::string> table_problems;  ///< what check_ivrs found; of DMAR see `devices`

  std::optional<std::string> xenstored_problem;  ///< why it does not answer; nullopt: it does
  bool xenconsoled_runs = false;
  QemuFacts qemu;
  std::optional<bool> can_confine;   ///< nullopt: not known, in a copy
  std::optional<bool> has_landlock;  ///< likewise
  /// Why no VM gets a control group of its own; empty where they do; nullopt: not known, in a copy.
  std::optional<GroupLack> no_control_groups;
  std::vector<std::string> firmware_problems;  ///< of hvmloader and SeaBIOS: "PATH: REASON"

  /// All functions; `xen` is not there: see above.
  DeviceFacts devices;
  std::map<PciAddress, std::string> gpu_names;  ///< "Intel Corporation HD Graphics 4600"

  /// /sys/kernel/security/lockdown: "none [integrity] confidentiality"; nullopt where there is none
  std::optional<std::string> lockdown;
  std::optional<bool> secure_boot;  ///< nullopt: not known
};

}  // namespace xenlaunch
