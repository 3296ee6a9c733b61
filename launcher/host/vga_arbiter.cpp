#include "launcher/host/vga_arbiter.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <string>

#include "base/file_descriptor.h"

namespace xenlaunch {
namespace {

constexpr std::string_view item_name = "PCI:";

}  // namespace

std::optional<PciAddress> parse_vga_arbiter(std::string_view answer) {
  answer = answer.substr(0, answer.find('\n'));
  if (!answer.starts_with("count:")) return std::nullopt;
  std::optional<PciAddress> device;
  while (!answer.empty()) {
    const std::string_view item = answer.substr(0, answer.find(','));
    answer.remove_prefix(item.size() == answer.size() ? item.size() : item.size() + 1);
    if (!item.starts_with(item_name)) continue;
    if (device) return std::nullopt;
    device = PciAddress::parse(item.substr(item_name.size()));
    if (!device || device->to_string() != item.substr(item_name.size())) return std::nullopt;
  }
  return device;
}

std::optional<PciAddress> system_display_device(const std::filesystem::path& root) {
  const FileDescriptor file{
      ::open((root / "dev/vga_arbiter").c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (file.get() < 0) return std::nullopt;
  struct stat status {};
  // A device node that was copied from another host asks this one's kernel.
  if (root != "/" && (::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)))
    return std::nullopt;
  // Once: the device answers every read with the same line again, and never with an end.
  std::array<char, 1024> answer;
  const ssize_t got = ::read(file.get(), answer.data(), answer.size());
  if (got <= 0) return std::nullopt;
  return parse_vga_arbiter({answer.data(), static_cast<std::size_t>(got)});
}

}  // namespace xenlaunch
