#include "launcher/run/last_choices.h"

#include <sys/stat.h>

#include <string_view>
#include <utility>

#include "base/error.h"
#include "base/private_folder.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/own_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

/// More than any VM has devices; what is longer is not read.
constexpr std::uintmax_t longest = 4096;

/// No VM's file is another's while it is written (write_file).
constexpr std::string_view suffix = ".devices";

}  // namespace

LastChoices::LastChoices(std::filesystem::path folder) : folder_{std::move(folder)} {}

std::filesystem::path LastChoices::file_of(const std::string& vm) const {
  return folder_ / (vm + std::string{suffix});
}

ChosenDevices LastChoices::read(const std::string& vm) const {
  const std::filesystem::path file = file_of(vm);
  if (!is_present(file)) return {};
  require_own(folder_, S_IFDIR);
  require_own(file, S_IFREG);
  const std::optional<ChosenDevices> chosen = std::filesystem::file_size(file) > longest
                                                  ? std::nullopt
                                                  : parse_chosen(read_bytes(file).value_or(""));
  if (!chosen)
    throw Error{ExitCode::host, "cannot understand " + file.string() +
                                    ": it does not say which devices were chosen the last time; "
                                    "remove it"};
  return *chosen;
}

bool LastChoices::is_kept(const std::string& vm, const ChosenDevices& chosen) const {
  try {
    return read(vm) == chosen;
  } catch (const std::exception&) {
    return false;  // told of already; it is written anew
  }
}

ChosenDevices LastChoices::of(const std::string& vm, Progress& progress) const {
  try {
    return read(vm);
  } catch (const std::exception& error) {
    progress.warning(error.what());
    return {};
  }
}

std::set<PciAddress> LastChoices::of_others(const std::string& vm) const {
  std::set<PciAddress> devices;
  for (const std::string& name : names_in(folder_)) {
    if (!name.ends_with(suffix)) continue;
    const std::string other = name.substr(0, name.size() - suffix.size());
    if (other == vm) continue;
    try {
      for (const auto& [index, device] : read(other)) devices.insert(device);
    } catch (const std::exception&) {
      continue;  // told of at that VM's own start
    }
  }
  return devices;
}

void LastChoices::remember(const std::string& vm, const ChosenDevices& chosen,
                           Progress& progress) const {
  try {
    if (is_kept(vm, chosen)) return;
    make_missing_folders(folder_);  // write_file says more of what is wrong
    write_file(file_of(vm), format_chosen(chosen), 0600);
  } catch (const Error& error) {
    progress.warning(std::string{error.what()} + "; the next start of " + vm +
                     " may get another device");
  }
}

}  // namespace xenlaunch
