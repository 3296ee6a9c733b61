#pragma once

#include <vector>

#include "base/finding.h"
#include "launcher/cli/json_text.h"

namespace xenlaunch {

/// Each as {"code", "subject", "severity", "reason", "remedy"}.
nlohmann::ordered_json findings_json(const std::vector<Finding>& findings);

}  // namespace xenlaunch
