#include "launcher/host/qcow2_links.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <string_view>
#include <utility>

#include "base/read_file.h"
#include "base/text.h"
#include "launcher/host/path_below.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t magic = 0x514649fb;  // "QFI\xfb"
// Header extensions.
constexpr std::uint32_t backing_format = 0xe2792aca;
constexpr std::uint32_t data_file_name = 0x44415441;
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

/// A backing file: beside the image as it was named, not as what that leads to (path_combine of
/// QEMU's block.c). A file with data has a whole path.
fs::path as_qemu_names(const fs::path& image, const std::string& link) {
  return image.parent_path() / link;
}

FileContent read_header(const fs::path& image) {
  std::error_code unknown;
  return read_file(image, {.most = largest_cluster,
                           .beyond = ReadLimit::Beyond::is_left_out,
                           .also_devices = fs::is_block_file(image, unknown)});
}

/// In the versions that QEMU takes for it (qcow2_probe of its block/qcow2.c).
bool is_qcow2(std::string_view header) {
  return number_at<std::uint32_t>(header, 0) == magic && number_at<std::uint32_t>(header, 4) >= 2;
}

}  // namespace

std::vector<Qcow2Link> qcow2_links_in(std::string_view header) {
  std::vector<Qcow2Link> links;
  if (!is_qcow2(header)) return links;
  const auto backing = number_at<std::uint64_t>(header, 8);
  const auto size = number_at<std::uint32_t>(header, 16);
  const bool has_backing = backing != 0 && size != 0;
  if (has_backing) links.push_back({.name = text_at(header, backing, size)});
  // The size of version 2's.
  std::uint64_t at = 72;
  if (number_at<std::uint32_t>(header, 4) >= 3) at = number_at<std::uint32_t>(header, 100);
  // QEMU reads no further than to the backing file's name (qcow2_do_open).
  const std::uint64_t end = backing != 0 ? backing : header.size();
  for (std::uint32_t type = 0; at < end && (type = number_at<std::uint32_t>(header, at)) != 0;) {
    const auto length = number_at<std::uint32_t>(header, at + 4);
    const auto has_data = std::ranges::count(links, true, &Qcow2Link::is_data);
    // One is all there can be; the second one says that it is too many.
    if (type == data_file_name && has_data < 2)
      links.push_back({.name = text_at(header, at + 8, length), .is_data = true});
    if (type == backing_format && has_backing)
      links.front().format = text_at(header, at + 8, length);
    at += 8 + (std::uint64_t{length} + 7) / 8 * 8;
  }
  return links;
}

namespace {

/// A raw file names nothing, whatever is in it.
bool can_name_more(const Qcow2Link& link) {
  return !link.is_data && link.format != "raw";
}

constexpr const char* to_be_trusted =
    "name its folder under trusted_folders in /etc/xenlaunch/host.yaml if you trust the image";

/// What is wrong with one link.
struct Problem {
  FindingCode code{};
  std::string reason;
  std::string remedy;
};

/// Follows the images that name each other.
class Walk {
 public:
  explicit Walk(const std::vector<std::string>& trusted_folders) {
    std::error_code unknown;
    for (const std::string& folder : trusted_folders)
      trusted_.push_back(fs::weakly_canonical(folder, unknown));
  }

  ImageLinks from(const fs::path& image) {
    std::vector<fs::path> images{image};
    for (std::size_t i = 0; i < images.size() && i < most_files; ++i)
      for (const fs::path& next : follow(images[i])) images.push_back(next);
    if (images.size() > most_files)
      note(image, {FindingCode::backing_file_elsewhere,
                   "it names more than " + std::to_string(most_files) + " files",
                   "commit some of them into those that they name (`qemu-img commit`)"});
    return std::move(found_);
  }

 private:
  /// The files that `image` names and that may name more.
  std::vector<fs::path> follow(const fs::path& image) {
    const FileContent header = read_header(image);
    if (header.error != 0 && header.error != ENOENT)
      note(image, {FindingCode::disk_unusable, "its header cannot be read: " + header.reason, ""});
    const std::vector<Qcow2Link> links = qcow2_links_in(header.bytes);
    if (std::ranges::count(links, true, &Qcow2Link::is_data) > 1)
      note(image, {FindingCode::disk_unusable, "it names two files with its data", ""});
    std::vector<fs::path> next;
    for (const Qcow2Link& link : links) {
      if (const auto problem = problem_of(image, link)) note(image, *problem);
      std::error_code error;
      const fs::path name = as_qemu_names(image, link.name);
      const fs::path file = fs::weakly_canonical(name, error);
      if (!is_plain(link.name) || error) continue;
      if (can_name_more(link)) next.push_back(name);
      if (std::ranges::find(found_.files, file) == found_.files.end()) found_.files.push_back(file);
    }
    return next;
  }

  std::optional<Problem> problem_of(const fs::path& image, const Qcow2Link& link) const {
    const std::string name = "'" + excerpt(link.name, 200) + "'";
    const fs::path path = as_qemu_names(image, link.name);
    std::error_code unknown;
    const auto elsewhere = [](std::string reason, std::string remedy) {
      return Problem{FindingCode::backing_file_elsewhere, std::move(reason), std::move(remedy)};
    };
    if (!is_plain(link.name))
      return elsewhere("it names " + name + ", which is no file's name",
                       "have the image name a file (`qemu-img rebase`)");
    // QEMU takes a relative one from the folder that it is in (qcow2_do_open of its block/qcow2.c).
    if (link.is_data && !fs::path{link.name}.is_absolute())
      return elsewhere("its data is in " + name + ", which is no whole path",
                       "have the image name one (`qemu-img amend -o data_file=PATH`)");
    if (!is_trusted(path) && link.is_data)
      return elsewhere("its data is in " + name + ", which is not in a trusted folder",
                       to_be_trusted);
    if (!is_trusted(path) && fs::is_block_file(image, unknown))
      return elsewhere(
          "it is a block device, and names " + name + ", which is not in a trusted folder",
          to_be_trusted);
    if (!is_trusted(path) && !is_in_own_folder(image, path))
      return elsewhere("it names " + name + ", which is no file in its own folder",
                       std::string{"put that file beside it, or "} + to_be_trusted);
    return link.is_data ? std::nullopt : problem_of_format(path, link);
  }

  /// Where the image does not say it QEMU guesses.
  static std::optional<Problem> problem_of_format(const fs::path& file, const Qcow2Link& link) {
    if (link.format == "raw" || link.format == "qcow2") return std::nullopt;
    std::string reason = "it names '" + excerpt(link.name, 200) + "' as '" +
                         excerpt(link.format, 40) + "', and not as raw or qcow2";
    if (link.format.empty()) {
      const FileContent header = read_header(file);
      if (is_qcow2(header.bytes)) return std::nullopt;
      reason = "it names '" + excerpt(link.name, 200) +
               "' without the format of that file, which " +
               (header.error == 0 ? "is not qcow2" : "cannot be read: " + header.reason);
    }
    return Problem{FindingCode::backing_file_format, std::move(reason),
                   "where it is raw, `qemu-img rebase -u -F raw -b FILE IMAGE` notes that; convert "
                   "what is neither raw nor qcow2"};
  }

  /// By the place that its links lead to, or by that of its name, as a volume's in /dev/vg.
  bool is_trusted(const fs::path& path) const {
    std::error_code unknown;
    const auto is_in = [&](const fs::path& file) {
      return std::ranges::any_of(
          trusted_, [&file](const fs::path& folder) { return is_below(file, folder); });
    };
    return is_in(fs::weakly_canonical(path, unknown)) ||
           is_in(fs::weakly_canonical(path.parent_path(), unknown) / path.filename());
  }

  static bool is_in_own_folder(const fs::path& image, const fs::path& path) {
    std::error_code unknown;
    const fs::path folder = fs::weakly_canonical(path, unknown).parent_path();
    return folder == fs::weakly_canonical(image.parent_path(), unknown) ||
           folder == fs::weakly_canonical(image, unknown).parent_path();
  }

  void note(const fs::path& image, Problem problem) {
    if (!found_.problem)
      found_.problem =
          Finding{problem.code, image, std::move(problem.reason), std::move(problem.remedy)};
  }

  std::vector<fs::path> trusted_;
  ImageLinks found_;
};

}  // namespace

ImageLinks follow_links(const fs::path& image, const std::vector<std::string>& trusted_folders) {
  return Walk{trusted_folders}.from(image);
}

}  // namespace xenlaunch
