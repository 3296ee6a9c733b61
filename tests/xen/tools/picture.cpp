// picture FILE.png X Y: prints the picture's size and the colour at X, Y, each in percent of it:
// "640x400 aa0000".
#include <png.h>

#include <cstdio>
#include <cstdlib>
#include <vector>

int main(int argc, char** argv) {
  if (argc != 4) return 2;
  png_image image{};
  image.version = PNG_IMAGE_VERSION;
  if (png_image_begin_read_from_file(&image, argv[1]) == 0) {
    std::fprintf(stderr, "picture: %s: %s\n", argv[1], image.message);
    return 1;
  }
  image.format = PNG_FORMAT_RGB;
  std::vector<unsigned char> pixels(PNG_IMAGE_SIZE(image));
  if (png_image_finish_read(&image, nullptr, pixels.data(), 0, nullptr) == 0) {
    std::fprintf(stderr, "picture: %s: %s\n", argv[1], image.message);
    return 1;
  }
  const auto place = [](unsigned size, const char* percent) {
    return static_cast<std::size_t>(size) * std::strtoul(percent, nullptr, 10) / 100;
  };
  const std::size_t at =
      3 * (place(image.height, argv[3]) * image.width + place(image.width, argv[2]));
  if (at + 3 > pixels.size()) return 2;
  std::printf("%ux%u %02x%02x%02x\n", image.width, image.height, pixels[at], pixels[at + 1],
              pixels[at + 2]);
}
