#include "launcher/host/pci_rom.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdint>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/read_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr off_t command_register =
    4;  // 16 bits, little endian (PCI Local Bus Specification 3.0, 6.2.2)
constexpr std::uint8_t memory_decode = 0x2;  // in its low byte

/// Writes the memory decode bit; returns what it was. Two bytes at once: the register's other bits
/// stay untouched.
bool set_memory_decode(const fs::path& config, bool enabled) {
  const FileDescriptor file{::open(config.c_str(), O_RDWR | O_CLOEXEC)};
  if (file.get() < 0) throw_errno(ExitCode::host, errno, "open " + config.string());
  std::array<std::uint8_t, 2> command{};
  const ssize_t got = ::pread(file.get(), command.data(), command.size(), command_register);
  if (got < 0) throw_errno(ExitCode::host, errno, "read " + config.string());
  if (got != static_cast<ssize_t>(command.size())) {
    throw Error{ExitCode::host, fmt::format("cannot read {}: it ends before the command register",
                                            config.string())};
  }
  const bool before = (command[0] & memory_decode) != 0;
  if (before == enabled) return before;
  command[0] = static_cast<std::uint8_t>(command[0] ^ memory_decode);
  if (::pwrite(file.get(), command.data(), command.size(), command_register) < 0) {
    throw_errno(ExitCode::host, errno, "write the command register to " + config.string());
  }
  return before;
}

}  // namespace

bool enable_memory_decode(const fs::path& config) {
  return !set_memory_decode(config, true);
}

void disable_memory_decode(const fs::path& config) {
  set_memory_decode(config, false);
}

std::optional<std::string> rom_problem(const fs::path& rom) {
  constexpr std::size_t size = 2;
  const FileContent content =
      read_file(rom, {.most = size, .beyond = ReadLimit::Beyond::is_left_out});
  if (content.error != 0) return fmt::format("reading {} failed: {}", rom.string(), content.reason);
  const std::string& signature = content.bytes;
  if (signature.size() < size) return fmt::format("{} is empty", rom.string());
  if (signature == "\x55\xaa") return std::nullopt;
  return fmt::format("{} begins with {:02x} {:02x}, not with 55 aa", rom.string(),
                     static_cast<std::uint8_t>(signature[0]),
                     static_cast<std::uint8_t>(signature[1]));
}

std::optional<bool> has_rom(const fs::path& root, const PciFunction& function) {
  const fs::path rom = root / "sys/bus/pci/devices" / function.address.to_string() / "rom";
  if (root != "/") {
    const std::optional<std::string> held = read_if_readable(rom);
    if (!held || *held == rom_not_read) return std::nullopt;
    return held->starts_with('\x55');
  }
  if ((function.resources[PciFunction::rom_resource].flags & resource_rom_shadow) == 0)
    return std::nullopt;
  if (write_attribute(rom.c_str(), "1") != 0) return std::nullopt;
  const bool found = !rom_problem(rom);
  write_attribute(rom.c_str(), "0");
  return found;
}

std::string without_rom(const std::string& resource) {
  constexpr int rom = 6;  // PCI_ROM_RESOURCE
  std::size_t begin = 0;
  for (int line = 0; line < rom; ++line) {
    begin = resource.find('\n', begin);
    if (begin == std::string::npos) return resource;
    ++begin;
  }
  std::string changed = resource;
  const std::size_t end = std::min(resource.find('\n', begin), resource.size());
  changed.replace(begin, end - begin, fmt::format("{0:#018x} {0:#018x} {0:#018x}", 0));
  return changed;
}

}  // namespace xenlaunch
