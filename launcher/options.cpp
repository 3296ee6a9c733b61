#include "launcher/options.h"

#include <filesystem>

#include "launcher/config/host_settings_reader.h"

namespace xenlaunch {

HostSettings host_settings(const Options& options) {
  return read_host_settings(std::filesystem::path{options.root} / "etc/xenlaunch/host.yaml");
}

}  // namespace xenlaunch
