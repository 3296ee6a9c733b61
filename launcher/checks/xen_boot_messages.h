#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

enum class IommuState { unknown, enabled, disabled };

/// Why Xen does not use the IOMMU.
enum class IommuCause {
  unknown,       ///< also where it does use it
  command_line,  ///< switched off there
  no_table,   ///< the firmware has neither DMAR nor IVRS: switched off in its setup, or none there
  bad_table,  ///< the firmware's DMAR or IVRS is broken
  erratum,    ///< a chipset whose IOMMU Xen does not trust
  unusable    ///< Xen could not set it up
};

/// What Xen's boot says of the IOMMU.
struct IommuReport {
  IommuState state = IommuState::unknown;
  IommuCause cause = IommuCause::unknown;
  /// What shows the cause: the word of the command line, or Xen's own lines, joined by " / ". Safe
  /// to print; empty where it is shown by what Xen did not say.
  std::string evidence;
  std::optional<bool> interrupt_remapping;   ///< nullopt: no IOMMU, or not known
  std::string interrupt_remapping_evidence;  ///< as `evidence`, where it is off
  /// Where the IOMMU is on: what Xen says against the firmware's tables, and the parts it left off.
  std::vector<std::string> complaints;
  /// Xen's first line is not there: the ring was too small for all that came later, or `loglvl`
  /// kept it out.
  bool beginning_lost = true;
  friend bool operator==(const IommuReport&, const IommuReport&) = default;
};

/// Reads Xen's console ring and its command line. Only lines of Xen itself count, not those that a
/// guest had printed. Anything else may be in `messages`.
IommuReport report_iommu(std::string_view messages, std::string_view command_line);

/// The word of Xen's command line that switches its IOMMU off, "iommu=0"; "" where none does. Safe
/// to print.
std::string iommu_off_word(std::string_view command_line);

/// The same of the integrated GPU's part of it: "iommu=no-igfx".
std::string igfx_off_word(std::string_view command_line);

/// The line with which Xen says that the firmware has VT-x or AMD-V switched off; nullopt where it
/// says nothing of the kind.
std::optional<std::string> hvm_complaint(std::string_view messages);

}  // namespace xenlaunch
