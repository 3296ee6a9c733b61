#include "launcher/cli/json_text.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/text.h"

namespace xenlaunch {

using json = nlohmann::ordered_json;

std::string json_text(const json& document) {
  // Bytes that are no UTF-8 cannot be JSON; the VM file has none, sysfs and xenstore might.
  return json_without_controls(document.dump(2, ' ', false, json::error_handler_t::replace)) + "\n";
}

json pci_json(const PciFunction& function, bool integrated) {
  return {{"address", function.address.to_string()},
          {"vendor", fmt::format("{:04x}", function.id.vendor)},
          {"device", fmt::format("{:04x}", function.id.device)},
          {"class", function.class_text()},
          {"driver", function.driver ? json(*function.driver) : json(nullptr)},
          {"integrated", integrated}};
}

}  // namespace xenlaunch
