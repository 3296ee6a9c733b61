#include "devicemodel/cd_drive.h"

#include <fcntl.h>
#include <sys/stat.h>

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

/// What can be handed over: QEMU takes a block device for one only by its path.
FileDescriptor open_file(const std::string& image) {
  FileDescriptor file{::open(image.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  struct stat status {};
  if (file.get() < 0 || ::fstat(file.get(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  return file;
}

json insertion(const std::string& drive, const std::string& image) {
  return {{"id", drive}, {"filename", image}, {"format", "raw"}, {"read-only-mode", "read-only"}};
}

}  // namespace

void insert_medium(const std::filesystem::path& socket, const std::string& drive,
                   const std::string& image, const LockedTray& tray) {
  const std::string action = "insert " + image + " into " + drive;
  QmpClient qemu{socket};
  // Not by the command's own `force`, which QEMU has from 7.1 on.
  if (tray.force) change(qemu, "eject", ejection(drive, tray), tray, action);
  const FileDescriptor file = open_file(image);
  if (file.get() < 0)
    return change(qemu, "blockdev-change-medium", insertion(drive, image), tray, action);
  qemu.with_file(file, answer_time, [&](const std::string& name) {
    change(qemu, "blockdev-change-medium", insertion(drive, name), tray, action);
  });
}

void eject_medium(const std::filesystem::path& socket, const std::string& drive,
                  const LockedTray& tray) {
  QmpClient qemu{socket};
  change(qemu, "eject", ejection(drive, tray), tray, "eject what is in " + drive);
}

}  // namespace xenlaunch
