#pragma once

#include <sys/types.h>

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/confinement.h"
#include "base/exit_code.h"
#include "base/file_descriptor.h"

namespace xenlaunch {

/// How a process ended.
struct ProcessEnd {
  bool by_signal = false;
  int number{};          ///< the exit status, or the signal
  bool is_known = true;  ///< false: an earlier launcher had started it, so the kernel does not say
  std::string to_string() const;  ///< "exited with status 1", "was killed by signal 9 (Killed)"
  friend bool operator==(const ProcessEnd&, const ProcessEnd&) = default;
};

/// A symbolic link to be made.
struct Link {
  std::string target;
  std::filesystem::path path;
  friend bool operator==(const Link&, const Link&) = default;
};

/// A folder that a program sees with other links in it, and nobody else does: a new one is put
/// together in memory and shown in its place.
struct FolderView {
  std::filesystem::path in_place_of;
  std::filesystem::path scratch;  ///< an empty folder, where it is put together
  std::vector<FileView> files;    ///< what goes along, each in its place below `scratch`
  std::vector<Link> links;
  friend bool operator==(const FolderView&, const FolderView&) = default;
};

/// A descriptor of ours that a program has under another number.
struct GivenFile {
  int ours{};
  int number{};
  friend bool operator==(const GivenFile&, const GivenFile&) = default;
};

/// A program to start, and what it gets. The descriptors stay the caller's.
struct SpawnRequest {
  std::vector<std::string> argv;  ///< argv[0] is the program's path: it is sought nowhere
  int input = -1;                 ///< its stdin, and so on: the files that it has
  int output = -1;
  int errors = -1;
  /// A session of its own, as QEMU has, not only a process group. Either keeps the Ctrl-C of our
  /// terminal away.
  bool new_session = false;
  /// It is killed where the thread that starts it ends, as with this process.
  bool dies_with_us = false;
  /// Also what we have open for children, as a lock that is shared with them.
  bool shares_files = false;
  /// What files and sockets it makes are for this user alone, whatever our umask.
  bool makes_private_files = false;
  std::vector<int> kept{};  ///< descriptors that it has under the same numbers
  std::vector<GivenFile> given{};
  /// With any view the program has a mount namespace of its own. Folders come first.
  std::vector<FolderView> folder_views{};
  std::vector<FileView> views{};
  const Confinement* confinement = nullptr;             ///< none where there is none
  std::optional<std::vector<std::string>> environment;  ///< "NAME=VALUE" each; nullopt: ours
};

/// A process, held by its pidfd. Whoever has started it reaps it; it goes on where nobody does.
struct Child {
  pid_t pid{};  ///< of one that spawn() has started also the process group
  FileDescriptor pidfd;
};

/// Starts a program, whose signals are all at their defaults and none of them blocked. Throws Error
/// with `code`, "cannot run PROGRAM: REASON", also where the program is there but cannot be
/// executed.
Child spawn(const SpawnRequest& request, ExitCode code);

/// Waits for the end of the child behind `pidfd`, and reaps it. Not known where it is no child.
ProcessEnd reap(const FileDescriptor& pidfd);

}  // namespace xenlaunch
