#include "launcher/cli/ppm_to_png.h"

#include <png.h>

#include <charconv>
#include <cstdint>
#include <optional>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr std::uint32_t most_pixels_a_side = 16384;
constexpr std::size_t bytes_a_pixel = 3;

/// The number that `text` begins with, which ends at `end`; both are taken off it.
std::optional<std::uint32_t> take_number(std::string_view& text, char end) {
  std::uint32_t number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(stop - text.data());
  if (error != std::errc{} || digits == text.size() || *stop != end) return std::nullopt;
  text.remove_prefix(digits + 1);
  return number;
}

struct Picture {
  std::uint32_t width;
  std::uint32_t height;
  std::string_view pixels;
};

std::optional<Picture> parse_ppm(std::string_view ppm) {
  constexpr std::string_view magic = "P6\n";
  if (!ppm.starts_with(magic)) return std::nullopt;
  ppm.remove_prefix(magic.size());
  const auto width = take_number(ppm, ' ');
  const auto height = width ? take_number(ppm, '\n') : std::nullopt;
  const auto brightest = height ? take_number(ppm, '\n') : std::nullopt;
  if (brightest != 255U) return std::nullopt;
  const auto fits = [](std::uint32_t side) { return side > 0 && side <= most_pixels_a_side; };
  if (!fits(*width) || !fits(*height)) return std::nullopt;
  if (ppm.size() != std::size_t{*width} * *height * bytes_a_pixel) return std::nullopt;
  return Picture{*width, *height, ppm};
}

}  // namespace

std::string ppm_to_png(std::string_view ppm) {
  const std::optional<Picture> picture = parse_ppm(ppm);
  if (!picture)
    throw Error{ExitCode::device_model,
                "cannot read the picture of the screen: what QEMU wrote is none"};
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  image.width = picture->width;
  image.height = picture->height;
  image.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = 0;
  const auto write = [&](void* to) {
    if (png_image_write_to_memory(&image, to, &size, 0, picture->pixels.data(), 0, nullptr) == 0)
      throw Error{ExitCode::device_model, std::string{"cannot make a PNG of the screen: "} +
                                              static_cast<const char*>(image.message)};
  };
  write(nullptr);  // asks for the size
  std::string png(size, '\0');
  write(png.data());
  png.resize(size);
  return png;
}

}  // namespace xenlaunch
