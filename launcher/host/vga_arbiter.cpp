#include "launcher/host/vga_arbiter.h"

#include <string>

#include "base/read_file.h"

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
  // Once: the device answers every read with the same line again, and never with an end. A device
  // node that was copied from another host would ask this one's kernel.
  constexpr std::size_t most = 1024;
  const FileContent answer =
      read_file(root / "dev/vga_arbiter", {.most = most,
                                           .beyond = ReadLimit::Beyond::is_left_out,
                                           .in_one_read = true,
                                           .also_devices = root == "/"});
  if (answer.bytes.empty()) return std::nullopt;
  return parse_vga_arbiter(answer.bytes);
}

}  // namespace xenlaunch
