#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/event_loop.h"
#include "base/spawn.h"
#include "devicemodel/control_group.h"
#include "devicemodel/screen.h"

namespace xenlaunch {

/// The word by which our own program becomes the broker of a QEMU; the domain id follows.
inline constexpr const char* broker_word = "qemu-broker";
/// Likewise what is between xenstored and the QEMU that serves the paravirtual disks.
inline constexpr const char* store_filter_word = "qemu-xenstore";

/// What is started beside a QEMU, and ends with it. It writes to the same log.
struct Companion {
  std::string what;  ///< as messages call it: "what serves the paravirtual disks"
  /// The guest cannot do without it: where it ends by itself QEMU counts as ended.
  bool is_vital = false;
  std::vector<std::string> argv;
  /// QEMU, or one that is started after it, needs it to end, and it ends with that.
  bool ends_last = false;
  /// Connected by a socket to QEMU, which has that under this number; it is this one's stdin.
  std::optional<int> number{};
  /// Its stdin is a socket that listens there: it may be held (held_start.h), or serve others.
  std::optional<std::filesystem::path> socket{};
  std::optional<gid_t> socket_group{};  ///< who else than root may connect; nullopt: nobody
  std::vector<GivenFile> given{};
  std::vector<FileView> views{};  ///< unlike DeviceModelStart's nothing of them is removed
  std::optional<Confinement> confinement{};
  std::optional<std::vector<std::string>> environment{};
};

/// What messages call the QEMU that serves the paravirtual disks (disk_server_argv), and what it
/// has in the place of xenstored.
inline constexpr const char* disk_server_name = "what serves the paravirtual disks";
inline constexpr const char* store_filter_name =
    "what is between xenstored and the paravirtual disks";

/// How a QEMU is started.
struct DeviceModelStart {
  std::vector<std::string> argv;
  std::filesystem::path log;  ///< gets both its outputs; as open_log opens it
  /// With a path it goes no further than a QEMU that is held (held_start.h) before let_go().
  std::optional<std::filesystem::path> hold;
  std::vector<int> kept;  ///< descriptors that it has under the same numbers
  std::vector<GivenFile> given;
  std::vector<FolderView> folder_views;
  std::optional<Confinement> confinement;
  std::optional<std::vector<std::string>> environment;  ///< "NAME=VALUE" each; nullopt: ours
  std::vector<FileView> views;  ///< what it needs no longer of both is removed, started or not
  std::vector<Companion> companions{};
  std::optional<ControlGroupRequest> control_group{};  ///< nullopt: it stays in ours
};

/// What is to go with a QEMU beside its processes and theirs.
struct DeviceModelRemains {
  std::vector<std::filesystem::path> files;  ///< most of them sockets
  std::optional<uid_t> user;                 ///< where it was one of its own
  std::vector<std::filesystem::path> control_groups;
  friend bool operator==(const DeviceModelRemains&, const DeviceModelRemains&) = default;
};

/// The running QEMU. Calls throw Error (ExitCode::device_model).
class DeviceModel {
 public:
  virtual ~DeviceModel() = default;

  /// Starts it in a session of its own. Returns the process id.
  virtual pid_t spawn(const DeviceModelStart& start) = 0;
  virtual void let_go(const std::filesystem::path& hold) = 0;
  /// Puts it and its companions into the control group that spawn() was asked for, if any. Throws
  /// also where one of its limits does not hold there.
  virtual void join_control_group() = 0;
  /// Takes over the QEMU of domain `domid` that an earlier launcher has spawned with the same log.
  /// Where it does not run it is one that has ended; and it is ended where what serves the guest's
  /// paravirtual disks does not run (`has_served_disks`: it has some that a QEMU serves).
  virtual void adopt(std::uint32_t domid, const std::filesystem::path& log,
                     bool has_served_disks) = 0;
  /// How it has ended; not known how, where it is the loss() that ends it.
  virtual std::optional<ProcessEnd> ended() = 0;
  /// What the guest has lost and cannot do without: "what serves the paravirtual disks exited with
  /// status 1". QEMU then counts as ended.
  virtual std::optional<std::string> loss() = 0;
  /// How one of its companions has ended, if not as it does with QEMU, in such words; not known of
  /// an adopted QEMU's broker.
  virtual std::optional<std::string> companion_ended() = 0;
  /// SIGTERM, after two seconds SIGKILL, and waits until the process is gone: only then has it let
  /// go of the devices. The same with its companions. Then kills what else is in one of the control
  /// groups or runs as that user, and removes what remains. Fine when it has ended.
  virtual void kill(const DeviceModelRemains& remains) = 0;
  /// The last lines that it wrote, for a message: printable, at most a few hundred characters.
  virtual std::string last_words() = 0;
  /// The path of the pty behind the guest's first serial port, asked for over the QMP socket
  /// `socket`.
  virtual std::string serial_tty(const std::filesystem::path& socket) = 0;
  /// screen.h has what these two do.
  virtual void set_password(const std::filesystem::path& socket, ScreenProtocol protocol,
                            const std::string& password) = 0;
  virtual unsigned vnc_port(const std::filesystem::path& socket) = 0;
  /// Whether QEMU has answered over the QMP socket `socket`, as it does once it runs. Asks it where
  /// that was not done yet and it listens; its answer is an event. Once it has, nothing is
  /// connected to the socket any more, which serves one client at a time.
  virtual bool answers(const std::filesystem::path& socket) = 0;
  /// From now on what QEMU tells over the QMP socket `socket` is an event, and in messages().
  virtual void listen(const std::filesystem::path& socket) = 0;
  /// What it told since the last call, as sentences for people.
  virtual std::vector<std::string> messages() = 0;
};

/// The DeviceModel that starts processes; `events` learns of their end.
std::unique_ptr<DeviceModel> make_device_model(EventLoop& events);

}  // namespace xenlaunch
