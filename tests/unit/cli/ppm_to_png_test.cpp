#include "launcher/cli/ppm_to_png.h"

#include <doctest/doctest.h>
#include <png.h>

#include <string>
#include <vector>

#include "base/error.h"

namespace xenlaunch::test {
namespace {

/// Width, height and the pixels, as libpng reads them.
struct Picture {
  unsigned width;
  unsigned height;
  std::string pixels;
};

Picture read_png(const std::string& png) {
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  REQUIRE(png_image_begin_read_from_memory(&image, png.data(), png.size()) != 0);
  image.format = PNG_FORMAT_RGB;
  std::string pixels(PNG_IMAGE_SIZE(image), '\0');
  REQUIRE(png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) != 0);
  return {image.width, image.height, pixels};
}

TEST_CASE("a picture of the screen keeps its pixels") {
  const std::string pixels{"\x00\x01\x02\xff\xfe\xfd\x10\x20\x30\x40\x50\x60", 12};
  const Picture picture = read_png(ppm_to_png("P6\n2 2\n255\n" + pixels));
  CHECK(picture.width == 2);
  CHECK(picture.height == 2);
  CHECK(picture.pixels == pixels);
}

TEST_CASE("what is no picture of QEMU's is refused") {
  for (const std::string ppm :
       {"", "P6\n", "P5\n1 1\n255\nabc", "P6\n1 1\n65535\nabc", "P6\n1 1\n255\nab",
        "P6\n1 1\n255\nabcd", "P6\n0 1\n255\n", "P6\n-1 1\n255\nabc", "P6\n16385 1\n255\nabc",
        "P6\n4294967297 1\n255\nabc", "P6\n1\n1\n255\nabc"}) {
    CAPTURE(ppm);
    CHECK_THROWS_AS(ppm_to_png(ppm), Error);
  }
}

}  // namespace
}  // namespace xenlaunch::test
