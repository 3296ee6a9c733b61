#include "launcher/run/handed_images.h"

#include <fcntl.h>

#include <cerrno>

#include "base/error.h"
#include "devicemodel/qemu_disk_args.h"
#include "launcher/host/qcow2_links.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

HandedImage open_image(const DiskConfig& disk) {
  const int access = disk.readonly ? O_RDONLY : O_RDWR;
  HandedImage image{.file = FileDescriptor{::open(disk.image.c_str(), access | O_CLOEXEC)}};
  struct stat status {};
  if (image.file.get() < 0 || ::fstat(image.file.get(), &status) != 0)
    throw_errno(ExitCode::host, errno, "open the image " + disk.image + " for QEMU");
  image.kind = status.st_mode & S_IFMT;
  if (S_ISBLK(status.st_mode)) image.device = status.st_rdev;
  return image;
}

/// A guest that has broken into a QEMU writes the image's header, too, and may have done so before
/// a launcher that takes the VM over has looked.
void check_links(const PlannedDisk& disk, const std::vector<std::string>& trusted_folders) {
  const std::string& image = disk.config.image;
  if (disk.config.format != DiskFormat::qcow2) return;
  const std::string action = "cannot open the image " + image + " for QEMU: ";
  const ImageLinks links = follow_links(image, trusted_folders);
  if (links.files != disk.links)
    throw Error{ExitCode::host,
                action +
                    "since the VM was started it names other files; stop the VM and start it "
                    "anew"};
  if (links.problem) throw Error{ExitCode::host, action + links.problem->reason};
}

/// QEMU may open it by its group.
PrivateNode device_node(const fs::path& path, const fs::path& original) {
  struct stat status {};
  if (::stat(original.c_str(), &status) != 0)
    throw_errno(ExitCode::host, errno, "give QEMU " + original.string());
  return {.path = path,
          .mode = S_IFCHR | S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP,
          .device = status.st_rdev};
}

/// At the same path.
void show(PrivateRoot& root, const fs::path& file) {
  fs::path folder = root.folder;
  for (const fs::path& name : file.parent_path().relative_path())
    root.folders.push_back(folder /= name);
  root.shown.push_back({.shown = file, .in_place_of = folder / file.filename()});
}

}  // namespace

std::vector<HandedImage> open_handed_images(const std::vector<PlannedDisk>& disks,
                                            const std::vector<std::string>& trusted_folders) {
  std::vector<HandedImage> images;
  for (const PlannedDisk& disk : disks) {
    check_links(disk, trusted_folders);
    if (disk.handed) images.push_back(open_image(disk.config));
  }
  return images;
}

std::vector<GivenFile> given_files(const std::vector<HandedImage>& images) {
  std::vector<GivenFile> given;
  for (const HandedImage& image : images)
    given.push_back({.ours = image.file.get(), .number = handed_file(given.size())});
  return given;
}

PrivateRoot root_of_qemu(const fs::path& folder, gid_t group,
                         const std::vector<HandedImage>& images,
                         const std::optional<fs::path>& store, const fs::path& dev) {
  PrivateRoot root{
      .folder = folder, .group = group, .folders = {folder / "dev", folder / "dev/xen"}};
  const auto add_device = [&](const char* name) {
    root.nodes.push_back(device_node(folder / "dev/xen" / name, dev / name));
  };
  if (store)
    show(root, *store);
  else
    add_device("xenbus");
  if (images.empty()) return root;
  add_device("evtchn");
  add_device("gntdev");
  root.folders.push_back(folder / "dev/fdset");
  for (std::size_t i = 0; i < images.size(); ++i)
    root.nodes.push_back({.path = folder / fs::path{handed_path(i)}.relative_path(),
                          .mode = images[i].kind,
                          .device = images[i].device});
  return root;
}

}  // namespace xenlaunch
