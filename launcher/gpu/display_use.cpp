#include "launcher/gpu/display_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/text.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// The entries of a folder, sorted by name; none where it cannot be read: processes and devices
/// come and go.
std::vector<fs::directory_entry> entries(const fs::path& folder) {
  std::vector<fs::directory_entry> all;  // which know what they are without being looked at again
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error))
    all.push_back(*entry);
  std::ranges::sort(all);
  return all;
}

/// The function itself, and the devices that its driver made, as virtio0.
std::vector<fs::path> devices_of(const fs::path& function) {
  std::vector<fs::path> all{function};
  for (const fs::directory_entry& entry : entries(function)) {
    std::error_code ignored;
    if (!entry.is_symlink(ignored) && entry.is_directory(ignored)) all.push_back(entry);
  }
  return all;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : entries(folder))
    names.push_back(entry.path().filename().string());
  return names;
}

std::string name_of(const fs::path& process) {
  try {
    return excerpt(read_attribute(process / "comm").value_or("a program"));
  } catch (const Error&) {  // ESRCH: it ended meanwhile
    return "a program";
  }
}

/// Who has each of /dev/dri/card* open.
std::multimap<std::string, std::string> read_drm_clients(const fs::path& root) {
  std::multimap<std::string, std::string> clients;
  std::error_code error;
  for (const std::string& pid : names_in(root / "proc")) {
    const fs::path process = root / "proc" / pid;
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::set<std::string> cards;
    for (const fs::directory_entry& file : entries(process / "fd")) {
      const std::string target = fs::read_symlink(file, error).string();
      if (!error && target.starts_with("/dev/dri/card")) cards.insert(target);
    }
    for (const std::string& card : cards)
      clients.emplace(card,
                      fmt::format("{} (process {}) has {} open", name_of(process), pid, card));
  }
  return clients;
}

/// Read when the first card asks: a look at every process is the dear part.
class DrmClients {
 public:
  explicit DrmClients(const fs::path& root) : root_{root} {}
  void add_to(DisplayUse& use, const std::string& card) {
    if (!all_) all_ = read_drm_clients(root_);
    const auto [first, last] = all_->equal_range("/dev/dri/" + card);
    for (auto client = first; client != last; ++client) use.push_back(client->second);
  }

 private:
  fs::path root_;
  std::optional<std::multimap<std::string, std::string>> all_;
};

DisplayUse use_of(const fs::path& function, DrmClients& clients) {
  DisplayUse use;
  const std::vector<fs::path> devices = devices_of(function);
  for (const fs::path& device : devices)
    for (const std::string& name : names_in(device / "graphics"))
      if (name.starts_with("fb")) use.push_back("the framebuffer " + name + " is on it");
  for (const fs::path& device : devices)
    for (const std::string& name : names_in(device / "drm"))
      if (name.starts_with("card")) clients.add_to(use, name);
  return use;
}

}  // namespace

std::map<PciAddress, DisplayUse> read_display_use(const fs::path& root,
                                                  const std::vector<PciAddress>& gpus) {
  DrmClients clients{root};
  std::map<PciAddress, DisplayUse> all;
  for (const PciAddress& gpu : gpus) {
    DisplayUse use = use_of(root / "sys/bus/pci/devices" / gpu.to_string(), clients);
    if (!use.empty()) all.emplace(gpu, std::move(use));
  }
  return all;
}

}  // namespace xenlaunch
