#include "launcher/host/qcow2_links.h"

#include <algorithm>
#include <cstdint>
#include <string_view>

#include "base/read_file.h"
#include "launcher/host/path_below.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t magic = 0x514649fb;                    // "QFI\xfb"
constexpr std::uint32_t data_file_name = 0x44415441;           // a header extension
constexpr std::size_t largest_cluster = std::size_t{2} << 20;  // in which all of this is
/// Longer chains are nobody's.
constexpr int most_files = 64;

/// Big endian; 0 behind the end.
template <typename Number>
Number number_at(std::string_view header, std::uint64_t offset) {
  Number number = 0;
  if (offset + sizeof(Number) > header.size()) return 0;
  for (std::size_t i = 0; i < sizeof(Number); ++i)
    number = static_cast<Number>(number << 8U) |
             static_cast<unsigned char>(header[static_cast<std::size_t>(offset) + i]);
  return number;
}

/// "" where it is not within the header.
std::string text_at(std::string_view header, std::uint64_t offset, std::uint64_t size) {
  if (offset > header.size() || size > header.size() - offset) return "";
  return std::string{
      header.substr(static_cast<std::size_t>(offset), static_cast<std::size_t>(size))};
}

/// "json:", "nbd://" and their like make QEMU open something else than a file.
bool is_plain(const std::string& link) {
  return !link.empty() && link.find(':') == std::string::npos &&
         link.find('\0') == std::string::npos;
}

/// Beside the image as it was named, not as what that leads to: path_combine of QEMU's block.c.
fs::path as_qemu_names(const fs::path& image, const std::string& link) {
  return image.parent_path() / link;
}

}  // namespace

std::vector<std::string> qcow2_links(const fs::path& image) {
  const std::string header =
      read_file(image, {.most = largest_cluster, .beyond = ReadLimit::Beyond::is_left_out}).bytes;
  std::vector<std::string> links;
  if (number_at<std::uint32_t>(header, 0) != magic) return links;
  const auto backing = number_at<std::uint64_t>(header, 8);
  const auto size = number_at<std::uint32_t>(header, 16);
  if (backing != 0 && size != 0) links.push_back(text_at(header, backing, size));
  if (number_at<std::uint32_t>(header, 4) < 3) return links;
  std::uint64_t at = number_at<std::uint32_t>(header, 100);
  for (auto type = number_at<std::uint32_t>(header, at); type != 0;
       type = number_at<std::uint32_t>(header, at)) {
    const auto length = number_at<std::uint32_t>(header, at + 4);
    if (type == data_file_name) links.push_back(text_at(header, at + 8, length));
    at += 8 + (std::uint64_t{length} + 7) / 8 * 8;
  }
  return links;
}

std::vector<fs::path> linked_files(const fs::path& image) {
  std::error_code error;
  std::vector<fs::path> named{image};
  std::vector<fs::path> files;
  for (std::size_t i = 0; i < named.size() && i < most_files; ++i)
    for (const std::string& link : qcow2_links(named[i])) {
      const fs::path name = as_qemu_names(named[i], link);
      const fs::path file = fs::weakly_canonical(name, error);
      if (!is_plain(link) || error || std::ranges::find(files, file) != files.end()) continue;
      named.push_back(name);
      files.push_back(file);
    }
  return files;
}

std::optional<std::string> file_beyond(const fs::path& image,
                                       const std::vector<std::string>& trusted_folders) {
  std::error_code error;
  std::vector<fs::path> trusted;
  for (const std::string& folder : trusted_folders)
    trusted.push_back(fs::weakly_canonical(folder, error));
  std::vector<fs::path> images{image};
  for (std::size_t i = 0; i < images.size() && i < most_files; ++i) {
    std::vector<fs::path> allowed = trusted;
    allowed.push_back(fs::weakly_canonical(images[i].parent_path(), error));
    allowed.push_back(fs::weakly_canonical(images[i], error).parent_path());
    for (const std::string& link : qcow2_links(images[i])) {
      const fs::path name = as_qemu_names(images[i], link);
      const fs::path file = fs::weakly_canonical(name, error);
      if (!is_plain(link) || error ||
          std::ranges::none_of(allowed,
                               [&file](const fs::path& folder) { return is_below(file, folder); }))
        return link;
      images.push_back(name);
    }
  }
  if (images.size() > most_files) return images.back().string();
  return std::nullopt;
}

}  // namespace xenlaunch
