#include "launcher/host/bridge_finding.h"

namespace xenlaunch {

Finding bridge_finding(const PciFunction& bridge) {
  return {FindingCode::bridge, bridge.address.to_string(),
          "it is a bridge (class " + bridge.class_text() + "), which no guest can be given", ""};
}

}  // namespace xenlaunch
