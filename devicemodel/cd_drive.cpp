#include "devicemodel/cd_drive.h"

#include <fcntl.h>

#include <cerrno>
#include <chrono>
#include <nlohmann/json.hpp>
#include <thread>

#include "base/error.h"
#include "base/text.h"
#include "devicemodel/qmp_client.h"

namespace xenlaunch {
namespace {

using json = nlohmann::json;
using Clock = std::chrono::steady_clock;

constexpr std::chrono::seconds answer_time{10};

/// do_open_tray of QEMU's block/qapi-sysemu.c says so, and asks the guest.
bool is_locked(const QmpRefusal& refusal) {
  return refusal.words.find("is locked") != std::string::npos;
}

/// Asks again while the guest has the tray locked, and for how long it may.
void change(QmpClient& qemu, const std::string& command, const json& arguments,
            const LockedTray& tray, const std::string& action) {
  constexpr std::chrono::milliseconds pause{250};
  const Clock::time_point deadline = Clock::now() + tray.time_to_let_go;
  while (true) {
    try {
      qemu.execute(command, answer_time, arguments.dump());
      return;
    } catch (const QmpRefusal& refusal) {
      if (!is_locked(refusal))
        throw Error{ExitCode::device_model, action,
                    refusal.words.empty() ? "QEMU refuses it" : excerpt(refusal.words, 200)};
      if (Clock::now() > deadline)
        throw Error{ExitCode::device_model, action,
                    "the guest holds the tray locked; unmount or eject the medium in the guest, "
                    "or use --force"};
    }
    std::this_thread::sleep_for(pause);
  }
}

json ejection(const std::string& drive, const LockedTray& tray) {
  return {{"id", drive}, {"force", tray.force}};
}

void insert_file(QmpClient& qemu, const std::string& drive, const FileDescriptor& file,
                 const LockedTray& tray, const std::string& action) {
  // Not by the command's own `force`, which QEMU has from 7.1 on.
  if (tray.force) change(qemu, "eject", ejection(drive, tray), tray, action);
  qemu.with_file(file, answer_time, [&](const std::string& name) {
    const json arguments = {
        {"id", drive}, {"filename", name}, {"format", "raw"}, {"read-only-mode", "read-only"}};
    change(qemu, "blockdev-change-medium", arguments, tray, action);
  });
}

/// The monitor's own node for the block device in a drive.
std::string device_node(const std::string& drive) {
  return "medium-" + drive;
}

/// The node keeps the block device open after it has left the drive.
void close_device(QmpClient& qemu, const std::string& drive) {
  try {
    qemu.execute("blockdev-del", answer_time, json{{"node-name", device_node(drive)}}.dump());
  } catch (const QmpRefusal&) {
    // There is none: what was in the drive is a file.
  }
}

/// blockdev-change-medium goes by what a stat of the name says (find_hdev_driver of QEMU's
/// block/file-posix.c), and the name of a descriptor is nothing's: QEMU has to be told that it is a
/// block device.
void insert_device(QmpClient& qemu, const std::string& drive, const FileDescriptor& device,
                   const LockedTray& tray, const std::string& action) {
  change(qemu, "eject", ejection(drive, tray), tray, action);
  close_device(qemu, drive);
  try {
    qemu.with_file(device, answer_time, [&](const std::string& name) {
      const json arguments = {{"driver", "raw"},
                              {"node-name", device_node(drive)},
                              {"read-only", true},
                              {"file", {{"driver", "host_device"}, {"filename", name}}}};
      change(qemu, "blockdev-add", arguments, tray, action);
    });
    const json arguments = {{"id", drive}, {"node-name", device_node(drive)}};
    change(qemu, "blockdev-insert-medium", arguments, tray, action);
    change(qemu, "blockdev-close-tray", {{"id", drive}}, tray, action);
  } catch (const Error& error) {
    throw Error{error.code, std::string{error.what()} + "; what was in " + drive + " is out"};
  }
}

}  // namespace

Medium open_medium(const std::string& image) {
  std::error_code unknown;
  const bool is_device = std::filesystem::is_block_file(image, unknown);
  // A drive of the host's without a disc says so only where it is waited for; so would be a FIFO.
  const int flags = O_RDONLY | O_CLOEXEC | (is_device ? 0 : O_NONBLOCK);
  Medium medium{image, FileDescriptor{::open(image.c_str(), flags)}, is_device};
  if (medium.file.get() < 0) throw_errno(ExitCode::host, errno, "open " + image);
  return medium;
}

void insert_medium(const std::filesystem::path& socket, const std::string& drive,
                   const Medium& medium, const LockedTray& tray) {
  const std::string action = "insert " + medium.image + " into " + drive;
  QmpClient qemu{socket};
  if (medium.is_device) return insert_device(qemu, drive, medium.file, tray, action);
  insert_file(qemu, drive, medium.file, tray, action);
  close_device(qemu, drive);
}

void eject_medium(const std::filesystem::path& socket, const std::string& drive,
                  const LockedTray& tray) {
  QmpClient qemu{socket};
  change(qemu, "eject", ejection(drive, tray), tray, "eject what is in " + drive);
  close_device(qemu, drive);
}

}  // namespace xenlaunch
