#include "devicemodel/guest_devices.h"

#include <fmt/format.h>

namespace xenlaunch {

std::string vif_name(std::string_view domid, unsigned index) {
  return fmt::format("vif{}.{}", domid, index);
}

std::string tap_name(std::string_view domid, unsigned index) {
  return vif_name(domid, index) + "-emu";
}

}  // namespace xenlaunch
