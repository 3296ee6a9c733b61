#include "launcher/host/nic_script.h"

#include <fmt/format.h>

#include "devicemodel/guest_devices.h"

namespace xenlaunch {

ScriptCall script_call(const ScriptedNic& nic, std::string_view domid, NicAction action) {
  ScriptCall call{.argv = {nic.script}, .environment = {}};
  switch (action) {
    case NicAction::connect_vif:
      call.argv.insert(call.argv.end(), {"online", "type_if=vif"});
      break;
    case NicAction::disconnect_vif:
      call.argv.insert(call.argv.end(), {"offline", "type_if=vif"});
      break;
    case NicAction::connect_tap:
      call.argv.insert(call.argv.end(), {"add", "type_if=tap"});
      break;
    case NicAction::disconnect_tap:
      call.argv.insert(call.argv.end(), {"remove", "type_if=tap"});
      break;
  }
  call.environment = {"script=" + nic.script, "XENBUS_TYPE=vif",
                      fmt::format("XENBUS_PATH=backend/vif/{}/{}", domid, nic.index),
                      "XENBUS_BASE_PATH=backend", "netdev="};
  if (nic.is_emulated) call.environment.push_back("INTERFACE=" + tap_name(domid, nic.index));
  call.environment.push_back("vif=" + vif_name(domid, nic.index));
  return call;
}

}  // namespace xenlaunch
