#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "base/exit_code.h"

namespace xenlaunch {

enum class Severity {
  blocks,  ///< a start is refused
  warns,   ///< a start goes on, and may not end well
  unknown  ///< what could not be looked at, and so neither blocks nor clears anything
};

std::string to_string(Severity severity);  ///< the enumerator's name

/// What can be wrong. The names in `finding_kinds` are for programs and never change.
enum class FindingCode {
  no_hvm,
  no_iommu,
  pciback_missing,
  hide_not_understood,
  device_missing,
  device_changed,
  nothing_to_select,
  bridge,
  no_answer,
  not_an_intel_vga,
  no_video_bios,
  rom_file_unusable,
  rom_file_of_another,
  igd_outside_iommu,
  dom0_has_access,
  host_display_on,
  vendor_not_listed,
  firmware_framebuffer,
  hidden_but_bound,
  in_use_by_dom0,
  dom0_lives_on_it,
  in_use_by_vm,
  virtual_functions_in_use,
  second_display,
  segment_beyond_xen,
  devices_behind_it,
  usb_device_missing,
  usb_device_ambiguous,
  usb_hub,
  usb_device_in_use,
  password_unusable,
  vnc_without_password,
  cpu_missing,
  profile_lacks,
  no_reset,
  unreset,
  shares_device,
  shares_reserved_memory,
  boot_not_known,
  not_enough_memory,
  name_taken,
  uuid_taken,
  domain_missing,
  domain_running,
  qemu_unusable,
  qemu_lacks,
  not_restricted,
  not_limited,
  qemu_without_disks,
  qemu_without_nics,
  profile_dropped,
  dom0_is_pvh,
  hvmloader_unusable,
  firmware_unusable,
  firmware_not_for_xen,
  disk_unusable,
  disk_through_qemu,
  backing_file_elsewhere,
  backing_file_format,
  cdrom_unusable,
  image_in_use,
  kernel_unusable,
  initrd_unusable,
  bridge_missing,
  not_a_bridge,
  script_missing,
  netback_missing,
  tun_missing,
  mac_in_use,
  xen_unreachable,
  xenstored_unreachable,
  vm_file_wrong,
  not_trusted,
  host_unreadable,
};

/// What programs and messages know of a code.
struct FindingKind {
  FindingCode code;
  std::string_view name;
  ExitCode exit_code;  ///< of a start that it blocks
  /// What cannot be done, behind "cannot "; {} stands for the subject. Empty where the reason is an
  /// Error's whole text.
  std::string_view action;
};

inline constexpr std::array<FindingKind, 74> finding_kinds{{
    {FindingCode::no_hvm, "no_hvm", ExitCode::xen, "run an HVM guest"},
    {FindingCode::no_iommu, "no_iommu", ExitCode::xen, "pass PCI devices"},
    {FindingCode::pciback_missing, "pciback_missing", ExitCode::host, "take PCI devices from dom0"},
    {FindingCode::hide_not_understood, "hide_not_understood", ExitCode::host,
     "hide PCI devices from dom0"},
    {FindingCode::device_missing, "device_missing", ExitCode::host, "pass {}"},
    {FindingCode::device_changed, "device_changed", ExitCode::host, "pass {}"},
    {FindingCode::nothing_to_select, "nothing_to_select", ExitCode::host, "pass {}"},
    {FindingCode::bridge, "bridge", ExitCode::host, "pass {}"},
    {FindingCode::no_answer, "no_answer", ExitCode::host, "pass {}"},
    {FindingCode::not_an_intel_vga, "not_an_intel_vga", ExitCode::host, "pass {}"},
    {FindingCode::no_video_bios, "no_video_bios", ExitCode::host, "pass {}"},
    {FindingCode::rom_file_unusable, "rom_file_unusable", ExitCode::host, "use the ROM file {}"},
    {FindingCode::rom_file_of_another, "rom_file_of_another", ExitCode::host,
     "use the ROM file {}"},
    {FindingCode::igd_outside_iommu, "igd_outside_iommu", ExitCode::host, "pass {}"},
    {FindingCode::dom0_has_access, "dom0_has_access", ExitCode::host, "pass {}"},
    {FindingCode::host_display_on, "host_display_on", ExitCode::host, "pass {}"},
    {FindingCode::vendor_not_listed, "vendor_not_listed", ExitCode::host, "pass {}"},
    {FindingCode::firmware_framebuffer, "firmware_framebuffer", ExitCode::host, "pass {}"},
    {FindingCode::hidden_but_bound, "hidden_but_bound", ExitCode::host, "pass {}"},
    {FindingCode::in_use_by_dom0, "in_use_by_dom0", ExitCode::host, "pass {}"},
    {FindingCode::dom0_lives_on_it, "dom0_lives_on_it", ExitCode::host, "pass {}"},
    {FindingCode::in_use_by_vm, "in_use_by_vm", ExitCode::host, "pass {}"},
    {FindingCode::virtual_functions_in_use, "virtual_functions_in_use", ExitCode::host, "pass {}"},
    {FindingCode::second_display, "second_display", ExitCode::host, "pass {}"},
    {FindingCode::segment_beyond_xen, "segment_beyond_xen", ExitCode::host, "pass {}"},
    {FindingCode::devices_behind_it, "devices_behind_it", ExitCode::host, "pass {}"},
    {FindingCode::usb_device_missing, "usb_device_missing", ExitCode::host, "pass USB device {}"},
    {FindingCode::usb_device_ambiguous, "usb_device_ambiguous", ExitCode::host,
     "pass USB device {}"},
    {FindingCode::usb_hub, "usb_hub", ExitCode::host, "pass USB device {}"},
    {FindingCode::usb_device_in_use, "usb_device_in_use", ExitCode::host, "pass USB device {}"},
    {FindingCode::password_unusable, "password_unusable", ExitCode::host,
     "use the password file {}"},
    {FindingCode::vnc_without_password, "vnc_without_password", ExitCode::host,
     "show the guest's screen at {}"},
    {FindingCode::cpu_missing, "cpu_missing", ExitCode::xen, "pin the guest to CPU {}"},
    {FindingCode::profile_lacks, "profile_lacks", ExitCode::device_model,
     "give a guest with the profile {} all that its file asks for"},
    {FindingCode::no_reset, "no_reset", ExitCode::host, "pass {}"},
    {FindingCode::unreset, "unreset", ExitCode::host, "pass {}"},
    {FindingCode::shares_device, "shares_device", ExitCode::host, "pass {}"},
    {FindingCode::shares_reserved_memory, "shares_reserved_memory", ExitCode::host, "pass {}"},
    {FindingCode::boot_not_known, "boot_not_known", ExitCode::host, ""},
    {FindingCode::not_enough_memory, "not_enough_memory", ExitCode::xen, "give the guest {}"},
    {FindingCode::name_taken, "name_taken", ExitCode::host, "use the name {}"},
    {FindingCode::uuid_taken, "uuid_taken", ExitCode::host, "use the uuid {}"},
    {FindingCode::domain_missing, "domain_missing", ExitCode::xen, "attach to domain {}"},
    {FindingCode::domain_running, "domain_running", ExitCode::xen, "attach to domain {}"},
    {FindingCode::qemu_unusable, "qemu_unusable", ExitCode::device_model, "run QEMU {}"},
    {FindingCode::qemu_lacks, "qemu_lacks", ExitCode::device_model, "give the guest {}"},
    {FindingCode::not_restricted, "not_restricted", ExitCode::device_model,
     "keep QEMU from other domains"},
    {FindingCode::not_limited, "not_limited", ExitCode::device_model, "limit what QEMU takes"},
    {FindingCode::qemu_without_disks, "qemu_without_disks", ExitCode::device_model,
     "give the profile {} disks"},
    {FindingCode::qemu_without_nics, "qemu_without_nics", ExitCode::device_model,
     "give the profile {} network cards"},
    {FindingCode::profile_dropped, "profile_dropped", ExitCode::device_model,
     "start a guest with the profile {}"},
    {FindingCode::dom0_is_pvh, "dom0_is_pvh", ExitCode::xen, "pass PCI devices"},
    {FindingCode::hvmloader_unusable, "hvmloader_unusable", ExitCode::host, "use hvmloader {}"},
    {FindingCode::firmware_unusable, "firmware_unusable", ExitCode::host, "use the firmware {}"},
    {FindingCode::firmware_not_for_xen, "firmware_not_for_xen", ExitCode::host,
     "use the firmware {}"},
    {FindingCode::disk_unusable, "disk_unusable", ExitCode::host, "use the disk image {}"},
    {FindingCode::disk_through_qemu, "disk_through_qemu", ExitCode::host,
     "let dom0's kernel serve {}"},
    {FindingCode::backing_file_elsewhere, "backing_file_elsewhere", ExitCode::host,
     "use the disk image {}"},
    {FindingCode::backing_file_format, "backing_file_format", ExitCode::host,
     "use the disk image {}"},
    {FindingCode::cdrom_unusable, "cdrom_unusable", ExitCode::host, "use the CD-ROM image {}"},
    {FindingCode::image_in_use, "image_in_use", ExitCode::host, "use the image {}"},
    {FindingCode::kernel_unusable, "kernel_unusable", ExitCode::host, "use the kernel {}"},
    {FindingCode::initrd_unusable, "initrd_unusable", ExitCode::host, "use the initrd {}"},
    {FindingCode::bridge_missing, "bridge_missing", ExitCode::host, "put a network card on {}"},
    {FindingCode::not_a_bridge, "not_a_bridge", ExitCode::host, "put a network card on {}"},
    {FindingCode::script_missing, "script_missing", ExitCode::host, "run the script {}"},
    {FindingCode::netback_missing, "netback_missing", ExitCode::host,
     "give the guest network cards"},
    {FindingCode::tun_missing, "tun_missing", ExitCode::host, "emulate network cards"},
    {FindingCode::mac_in_use, "mac_in_use", ExitCode::host, "use the MAC address {}"},
    {FindingCode::xen_unreachable, "xen_unreachable", ExitCode::xen, ""},
    {FindingCode::xenstored_unreachable, "xenstored_unreachable", ExitCode::xenstore, ""},
    {FindingCode::vm_file_wrong, "vm_file_wrong", ExitCode::vm_file, ""},
    {FindingCode::not_trusted, "not_trusted", ExitCode::host, "trust {}"},
    {FindingCode::host_unreadable, "host_unreadable", ExitCode::host, ""},
}};

std::string to_string(FindingCode code);  ///< its name in `finding_kinds`

/// One thing that stands in the way, or may.
struct Finding {
  FindingCode code{};
  std::string subject;  ///< "0000:00:02.0", "host", a path: what it is about
  std::string reason;   ///< a clause without a full stop: "it is the system display device"
  std::string remedy;   ///< a clause that says what to do: "reboot the host"; "" where not known
  Severity severity = Severity::blocks;
  friend bool operator==(const Finding&, const Finding&) = default;
};

bool blocks(const Finding& finding);

/// Whether a refusal tells of it: what blocks, and what of the boots is not known behind that.
bool belongs_to_refusal(const Finding& finding);

/// "reboot the host" as "Reboot the host": a clause where a sentence begins.
std::string capitalised(std::string clause);

/// "It is the system display device; reboot the host."
std::string as_sentence(const Finding& finding);

/// "cannot pass 0000:00:02.0: it is the system display device; reboot the host". What is not known
/// reads "also: …".
std::string as_refusal(const Finding& finding);
/// The same of another action than the code's, which reads on from "cannot".
std::string as_refusal(const Finding& finding, const std::string& action);

/// Of what does not block: "0000:01:00.0: it cannot be reset; reboot the host".
std::string as_warning(const Finding& finding);

/// An Error that has its parts with it.
struct Refused : Error {
  Refused(std::vector<Finding> findings_, const std::string& text);
  std::vector<Finding> findings;  ///< at least one that blocks
};

/// Throws Refused with a line for each finding that blocks and each unknown, and the exit code of
/// the first that blocks; returns where none does.
void refuse(const std::vector<Finding>& findings);
void refuse(const std::vector<Finding>& findings, const std::string& action);

}  // namespace xenlaunch
