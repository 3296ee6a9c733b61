#include "launcher/host/video_bios.h"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

#include "base/read_file.h"

namespace xenlaunch {
namespace {

constexpr std::size_t max_file = 16 << 20;  // the largest ROM BAR that graphics cards have
/// From 0xc0000 to 0xdffff: a PC's BIOS itself begins behind that.
constexpr std::size_t max_image = 128 << 10;

VideoBios none(std::string problem) {
  return {.problem = std::move(problem)};
}

std::uint16_t word_at(std::string_view bytes, std::size_t at) {
  return static_cast<std::uint16_t>(static_cast<std::uint8_t>(bytes[at]) |
                                    static_cast<std::uint8_t>(bytes[at + 1]) << 8);
}

/// One image of an expansion ROM.
struct RomImage {
  std::size_t data_at;  ///< where its PCI data structure is, in it
  std::size_t size;
  PciId id;
  std::uint8_t code_type;
  bool is_last;
};

constexpr std::uint8_t pc_bios = 0;  // code type
constexpr std::size_t header_size = 0x1a;
constexpr std::size_t data_size = 0x18;

/// The image that `rest` begins with; nullopt, and why, where there is none.
std::optional<RomImage> read_image(std::string_view rest, std::string& problem) {
  const auto fail = [&](const char* reason) {
    problem = reason;
    return std::nullopt;
  };
  if (!rest.starts_with("\x55\xaa")) return fail("does not begin with 55 aa");
  if (rest.size() < header_size) return fail("ends within its header");
  const std::size_t data_at = word_at(rest, 0x18);
  if (data_at + data_size > rest.size() || rest.substr(data_at, 4) != "PCIR")
    return fail("has no PCI data structure (PCIR), which says what device it is for");
  const std::string_view data = rest.substr(data_at, data_size);
  const RomImage image{.data_at = data_at,
                       .size = std::size_t{word_at(data, 0x10)} * 512,
                       .id = {word_at(data, 4), word_at(data, 6)},
                       .code_type = static_cast<std::uint8_t>(data[0x14]),
                       .is_last = (static_cast<std::uint8_t>(data[0x15]) & 0x80) != 0};
  if (image.size == 0) return fail("says that it is empty");
  if (image.size > rest.size()) return fail("is cut off: it says that it is longer");
  return image;
}

}  // namespace

VideoBios find_video_bios(std::string_view rom) {
  std::string_view rest = rom;
  for (bool is_first = true;; is_first = false) {
    std::string problem;
    const std::optional<RomImage> image = read_image(rest, problem);
    if (!image) return none((is_first ? "it " : "an image in it ") + problem);
    if (image->code_type == pc_bios) {
      if (image->size > max_image)
        return none(fmt::format("its image for a PC's BIOS has {} bytes, and there is room for {}",
                                image->size, max_image));
      if (image->data_at > 0xff)
        return none(
            fmt::format("its PCI data structure is at byte {:#x}, and QEMU looks for it "
                        "below 0x100",
                        image->data_at));
      VideoBios bios{.image = std::string{rest.substr(0, image->size)}, .id = image->id};
      bios.image.resize(std::bit_ceil(image->size), '\xff');
      return bios;
    }
    if (image->is_last)
      return none("it has no image for a PC's BIOS, as where it holds a driver for UEFI alone");
    rest.remove_prefix(image->size);
  }
}

VideoBios read_video_bios(const std::string& path) {
  const FileContent rom = read_file(path, {.most = max_file});
  return rom.error != 0 ? none(rom.reason) : find_video_bios(rom.bytes);
}

}  // namespace xenlaunch
