#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace xenlaunch {

/// What is done where a guest has locked the tray, as it does while it uses the medium.
struct LockedTray {
  bool force = false;  ///< it is opened all the same
  /// Else the guest is asked to let go. Linux does, unless a file system is mounted from there, as
  /// soon as udev has seen that.
  std::chrono::seconds time_to_let_go{5};
};

/// Puts the raw image `image` into the CD-ROM drive `drive` of the QEMU that listens for QMP at
/// `socket`, in the place of what is there. As libxl_cdrom_insert of
/// tools/libs/light/libxl_disk.c, but that QEMU opens the image itself. Throws Error
/// (ExitCode::device_model) "cannot insert IMAGE into DRIVE: REASON".
void insert_medium(const std::filesystem::path& socket, const std::string& drive,
                   const std::string& image, const LockedTray& tray);

/// Takes out what is in it; nothing in it is fine.
void eject_medium(const std::filesystem::path& socket, const std::string& drive,
                  const LockedTray& tray);

}  // namespace xenlaunch
