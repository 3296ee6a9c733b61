#include "launcher/cli/finding_json.h"

#include <nlohmann/json.hpp>

namespace xenlaunch {

nlohmann::ordered_json findings_json(const std::vector<Finding>& findings) {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  for (const Finding& finding : findings)
    all.push_back({{"code", to_string(finding.code)},
                   {"subject", finding.subject},
                   {"severity", to_string(finding.severity)},
                   {"reason", finding.reason},
                   {"remedy", finding.remedy}});
  return all;
}

}  // namespace xenlaunch
