#pragma once

#include <string>

/// Console rings as Xen 4.17 fills them, for the tests.
namespace xenlaunch::test {

/// What every boot begins with; `tables` are lines of the firmware's tables.
inline std::string beginning(const std::string& tables, const std::string& options) {
  return "(XEN) Xen version 4.17.5 (Debian 4.17.5+23-ga4e5191dc0-1+deb12u1) "
         "(pkg-xen-devel@lists.alioth.debian.org) (gcc 12.2.0) debug=n Wed Mar  5 19:04:46 UTC "
         "2025\n"
         "(XEN) Bootloader: GRUB 2.06-13+deb12u1\n"
         "(XEN) Command line: placeholder " +
         options +
         "\n"
         "(XEN) Disc information:\n"
         "(XEN)  Found 1 MBR signatures\n"
         "(XEN) EFI RAM map:\n"
         "(XEN)  [0000000000000000, 000000000009ffff] (usable)\n"
         "(XEN) ACPI: RSDP 7A3FE014, 0024 (r2 ALASKA)\n"
         "(XEN) ACPI: FACP 7A34DB78, 0114 (r6 ALASKA   A M I  1072009 AMI     10013)\n" +
         tables +
         "(XEN) System RAM: 32693MB (33477780kB)\n"
         "(XEN) Domain heap initialised\n";
}

inline const std::string dmar_line =
    "(XEN) ACPI: DMAR 7A37B3C8, 00A8 (r1 INTEL      SKL        1 INTL        1)\n";
inline const std::string ivrs_line =
    "(XEN) ACPI: IVRS 7A37B3C8, 00D0 (r2  AMD   AmdTable        1 AMD         1)\n";

inline std::string intel_messages() {
  return beginning(dmar_line, "dom0_mem=4G") +
         "(XEN) Intel VT-d iommu 0 supported page sizes: 4kB, 2MB, 1GB\n"
         "(XEN) Intel VT-d iommu 1 supported page sizes: 4kB, 2MB, 1GB\n"
         "(XEN) Intel VT-d Snoop Control not enabled.\n"
         "(XEN) Intel VT-d Dom0 DMA Passthrough not enabled.\n"
         "(XEN) Intel VT-d Queued Invalidation enabled.\n"
         "(XEN) Intel VT-d Interrupt Remapping enabled.\n"
         "(XEN) Intel VT-d Posted Interrupt not enabled.\n"
         "(XEN) Intel VT-d Shared EPT tables enabled.\n"
         "(XEN) I/O virtualisation enabled\n"
         "(XEN)  - Dom0 mode: Relaxed\n"
         "(XEN) Interrupt remapping enabled\n"
         "(XEN) HVM: VMX enabled\n";
}

inline std::string amd_messages() {
  return beginning(ivrs_line, "dom0_mem=4G") +
         "(XEN) AMD-Vi: IOMMU Extended Features:\n"
         "(XEN) - Peripheral Page Service Request\n"
         "(XEN) I/O virtualisation enabled\n"
         "(XEN)  - Dom0 mode: Relaxed\n"
         "(XEN) Interrupt remapping enabled\n"
         "(XEN) HVM: SVM enabled\n";
}

/// A boot that leaves the IOMMU off; `said` are lines before.
inline std::string off_messages(const std::string& tables, const std::string& said) {
  return beginning(tables, "dom0_mem=4G") + said +
         "(XEN) I/O virtualisation disabled\n"
         "(XEN) HVM: VMX enabled\n";
}

inline const std::string bad_dmar_lines =
    "(XEN) [VT-D]Overlapping RMRRs [7b800000,7fffffff] and [7b000000,7b8fffff]\n"
    "(XEN) Failed to parse ACPI DMAR.  Disabling VT-d.\n";

}  // namespace xenlaunch::test
