#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "launcher/host/pci_function.h"

namespace xenlaunch {

/// The document for stdout. Its keys come out in the order they were given, in every run.
std::string json_text(const nlohmann::ordered_json& document);

/// What every list of functions says of one.
nlohmann::ordered_json pci_json(const PciFunction& function, bool integrated);

}  // namespace xenlaunch
