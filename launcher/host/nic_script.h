#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// A network card as its script knows it.
struct ScriptedNic {
  unsigned index{};      ///< among the VM's cards, from 0
  std::string script{};  ///< absolute path
  bool is_emulated{};    ///< whether QEMU has a tap device for it beside the paravirtual card
  friend bool operator==(const ScriptedNic&, const ScriptedNic&) = default;
};

enum class NicAction {
  connect_vif,
  disconnect_vif,
  connect_tap,
  disconnect_tap,
};

/// What is run for a network card.
struct ScriptCall {
  std::vector<std::string> argv;         ///< the script first
  std::vector<std::string> environment;  ///< "NAME=VALUE", beside PATH and the locale
  friend bool operator==(const ScriptCall&, const ScriptCall&) = default;
};

/// As libxl runs the script: libxl__hotplug_nic and get_hotplug_env of
/// tools/libs/light/libxl_linux.c, alike in 4.17 and 4.20. `domid` is the domain's id as text.
ScriptCall script_call(const ScriptedNic& nic, std::string_view domid, NicAction action);

}  // namespace xenlaunch
