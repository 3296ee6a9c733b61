#include "launcher/host/pci_config_space.h"

#include <algorithm>

#include "base/read_file.h"

namespace xenlaunch {

bool reads_all_ones(const std::filesystem::path& config) {
  constexpr std::size_t registers = 8;
  const std::string bytes =
      read_file(config, {.most = registers, .beyond = ReadLimit::Beyond::is_left_out}).bytes;
  return bytes.size() == registers &&
         std::ranges::all_of(bytes, [](char byte) { return byte == '\xff'; });
}

}  // namespace xenlaunch
