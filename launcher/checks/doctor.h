#pragma once

#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/checks/doctor_facts.h"

namespace xenlaunch {

enum class CheckStatus { ok, warning, problem };

std::string to_string(CheckStatus status);  ///< the enumerator's name

/// One thing that passing a graphics card needs, and how it stands on this host.
struct Check {
  std::string name;  ///< a stable key in snake_case: "iommu"
  CheckStatus status = CheckStatus::ok;
  std::string text;    ///< sentences
  std::string remedy;  ///< what to do, as sentences; "" where all is well
  friend bool operator==(const Check&, const Check&) = default;
};

/// Everything that can be told from `facts`, from the hypervisor outwards. A name comes once where
/// all is well, once for each GPU or region where it is not, and not at all where something before
/// it decides (no interrupt remapping without an IOMMU, no daemons without Xen). What concerns one
/// GPU alone is a warning where another GPU can be passed.
std::vector<Check> diagnose(const DoctorFacts& facts);

/// findings_of every GPU, each finding once.
std::vector<Finding> gpu_findings(const DoctorFacts& facts);

/// Whether none of them is a problem.
bool can_pass_a_gpu(const std::vector<Check>& checks);

}  // namespace xenlaunch
