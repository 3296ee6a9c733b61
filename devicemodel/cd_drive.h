#pragma once

#include <chrono>
#include <filesystem>
#include <string>

#include "base/file_descriptor.h"

namespace xenlaunch {

/// What is done where a guest has locked the tray, as it does while it uses the medium.
struct LockedTray {
  bool force = false;  ///< it is opened all the same
  /// Else the guest is asked to let go. Linux does, unless a file system is mounted from there, as
  /// soon as udev has seen that.
  std::chrono::seconds time_to_let_go{5};
};

/// A raw image, a file or a block device, open for QEMU: one that is a user of its own could not
/// open it.
struct Medium {
  std::string image;
  FileDescriptor file;
  bool is_device = false;
};

/// Throws Error (ExitCode::host) "cannot open IMAGE: REASON", also where there is no disc in it.
Medium open_medium(const std::string& image);

/// Puts `medium` into the CD-ROM drive `drive` of the QEMU that listens for QMP at `socket`, in the
/// place of what is there. As libxl_cdrom_insert of tools/libs/light/libxl_disk.c, but for the
/// descriptor. Throws Error (ExitCode::device_model) "cannot insert IMAGE into DRIVE: REASON"; it
/// says so where what was there is out by then.
void insert_medium(const std::filesystem::path& socket, const std::string& drive,
                   const Medium& medium, const LockedTray& tray);

/// Takes out what is in it; nothing in it is fine.
void eject_medium(const std::filesystem::path& socket, const std::string& drive,
                  const LockedTray& tray);

}  // namespace xenlaunch
