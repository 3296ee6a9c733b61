#pragma once

#include <string>
#include <vector>

#include "launcher/checks/device_facts.h"
#include "launcher/checks/doctor.h"
#include "launcher/checks/doctor_facts.h"
#include "launcher/checks/gpu_neighbours.h"
#include "launcher/checks/xen_boot_messages.h"

/// The parts of diagnose(), each adding to `checks` in the order that the user reads.
namespace xenlaunch {

using Checks = std::vector<Check>;

/// `xen`, `xen_version`, `next_boot`
void add_xen_checks(Checks& checks, const DoctorFacts& facts);
/// `hvm`
void add_hvm_check(Checks& checks, const DoctorFacts& facts);
/// `iommu`, `interrupt_remapping`, `iommu_tables`; `report` is of facts.xen's messages.
void add_iommu_checks(Checks& checks, const DoctorFacts& facts, const IommuReport& report);
/// `next_boot`
void add_next_boot_check(Checks& checks, const DoctorFacts& facts);
/// `iommu`, `iommu_tables` of a host that only its files tell of.
void add_iommu_checks_of_copy(Checks& checks, const DoctorFacts& facts);
/// `pciback`
void add_pciback_check(Checks& checks, const DoctorFacts& facts);
/// `xenstored`, `xenconsoled`
void add_dom0_checks(Checks& checks, const DoctorFacts& facts);
/// `lockdown`
void add_lockdown_check(Checks& checks, const DoctorFacts& facts);
/// `guest_firmware`, `qemu`, `qemu_confinement`, `control_groups`, `qemu_passthrough`,
/// `qemu_igd_passthru`
void add_qemu_checks(Checks& checks, const DoctorFacts& facts);
/// `gpus`, `primary_card`, `gpu_in_use`, `gpu_answers`, `integrated_gpu`, `gpu_hidden`
void add_gpu_checks(Checks& checks, const DoctorFacts& facts);
/// `gpu_reset`, `gpu_functions`, `shared_memory_regions`, `gpu_virtual_functions`, `gpu_segment`
void add_gpu_neighbour_checks(Checks& checks, const DoctorFacts& facts);

/// How bad it is that one GPU cannot be passed: a problem where no other one can.
CheckStatus status_of_one(const DoctorFacts& facts);

/// What decides over the GPUs, of the doctor's facts.
DeviceFacts device_facts(const DoctorFacts& facts);

/// "0000:01:00.0 (NAME)", without the brackets where the name is not known.
std::string describe(const Gpu& gpu, const DoctorFacts& facts);

/// Adds `found`, or where that is empty one check that says that all is well.
void add_or_ok(Checks& checks, Checks found, const std::string& name, const std::string& ok_text);

}  // namespace xenlaunch
