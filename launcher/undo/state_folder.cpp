#include "launcher/undo/state_folder.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/private_folder.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/own_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view of_a_device = ".pci-";

/// The names of the folders in `directory`, in order.
std::vector<std::string> folders_in(const fs::path& directory) {
  std::vector<std::string> names;
  std::error_code error;
  fs::directory_iterator entry{directory, error};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error))
    if (fs::is_directory(entry->symlink_status()))
      names.push_back(entry->path().filename().string());
  if (error && error != std::errc::no_such_file_or_directory)
    throw_errno(ExitCode::host, error.value(), "list " + directory.string());
  std::ranges::sort(names);
  return names;
}

/// Returns errno.
int write_new(const fs::path& path, const std::string& text) {
  const FileDescriptor file{
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (file.get() < 0) return errno;
  const ssize_t written = ::write(file.get(), text.data(), text.size());
  if (written < 0) return errno;
  return static_cast<std::size_t>(written) == text.size() ? 0 : ENOSPC;
}

}  // namespace

StateFolder::StateFolder(const fs::path& directory, const std::string& vm)
    : path_{directory / vm} {}

bool StateFolder::exists() const {
  return is_present(path_);
}

void StateFolder::make(const std::optional<std::string>& vm_file_text,
                       const ChosenDevices& devices) const {
  const std::string action = "make the folder " + path_.string();
  if (const std::string problem = make_private_folder(path_.parent_path()); !problem.empty())
    throw Error{ExitCode::host, action, problem};
  if (::mkdir(path_.c_str(), 0700) != 0) throw_errno(ExitCode::host, errno, action);
  if (!vm_file_text) return;
  for (const auto& [file, text] :
       {std::pair{vm_file(), *vm_file_text}, std::pair{this->devices(), format_chosen(devices)}}) {
    if (const int reason = write_new(file, text)) {
      std::error_code ignored;
      fs::remove_all(path_, ignored);
      throw_errno(ExitCode::host, reason, "write " + file.string());
    }
  }
}

void StateFolder::remove() const {
  std::error_code error;
  // The journal last: as long as it is there, what it says may still have to be undone.
  for (const fs::path& file : {vm_file(), devices(), path_ / "stop-requested"})
    fs::remove(file, error);
  fs::remove_all(path_, error);
  if (error) throw_errno(ExitCode::host, error.value(), "remove " + path_.string());
}

std::optional<std::string> StateFolder::read_journal() const {
  if (!is_present(journal())) return std::nullopt;
  require_own(path_, S_IFDIR);
  require_own(journal(), S_IFREG);
  return read_bytes(journal());
}

std::optional<ChosenDevices> StateFolder::read_devices() const {
  if (!is_present(devices())) return std::nullopt;
  require_own(path_, S_IFDIR);
  require_own(devices(), S_IFREG);
  if (auto chosen = parse_chosen(read_bytes(devices()).value_or(""))) return chosen;
  throw Error{ExitCode::host, "cannot understand " + devices().string() +
                                  ": it is not as xenlaunch writes it; find out who changed it"};
}

bool StateFolder::stop_requested() const {
  return is_present(path_ / "stop-requested");
}

void StateFolder::request_stop(bool requested) const {
  const fs::path mark = path_ / "stop-requested";
  if (!requested) return remove_file(mark);
  const FileDescriptor file{
      ::open(mark.c_str(), O_WRONLY | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600)};
  if (file.get() < 0) throw_errno(ExitCode::host, errno, "write " + mark.string());
}

std::vector<std::string> vms_with_state(const fs::path& directory) {
  std::vector<std::string> names = folders_in(directory);
  std::erase_if(names, [](const std::string& name) { return name.starts_with('.'); });
  return names;
}

std::string device_folder(const PciAddress& device) {
  return std::string{of_a_device} + device.to_string();
}

std::vector<PciAddress> devices_with_state(const fs::path& directory) {
  std::vector<PciAddress> devices;
  for (const std::string& name : folders_in(directory)) {
    if (!name.starts_with(of_a_device)) continue;
    const auto device = PciAddress::parse(std::string_view{name}.substr(of_a_device.size()));
    if (device && device_folder(*device) == name) devices.push_back(*device);
  }
  return devices;
}

std::string boot_id() {
  return read_attribute("/proc/sys/kernel/random/boot_id").value_or("unknown");
}

}  // namespace xenlaunch
