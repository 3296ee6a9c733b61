#include "launcher/host/pci_config_space.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/file_descriptor.h"

namespace xenlaunch {

bool reads_all_ones(const std::filesystem::path& config) {
  const FileDescriptor file{::open(config.c_str(), O_RDONLY | O_CLOEXEC)};
  if (file.get() < 0) return false;
  std::array<std::uint8_t, 8> registers{};
  const ssize_t got = ::pread(file.get(), registers.data(), registers.size(), 0);
  return got == static_cast<ssize_t>(registers.size()) &&
         std::ranges::all_of(registers, [](std::uint8_t byte) { return byte == 0xff; });
}

}  // namespace xenlaunch
