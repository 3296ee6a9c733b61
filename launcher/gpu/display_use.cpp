#include "launcher/gpu/display_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "launcher/base/error.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// The entries of a folder, sorted by name; none where it cannot be read: processes and devices
/// come and go.
std::vector<fs::path> entries(const fs::path& folder) {
  std::vector<fs::path> all;
  std::error_code error;
  for (fs::directory_iterator entry{folder, error}; !error && entry != fs::directory_iterator{};
       entry.increment(error))
    all.push_back(entry->path());
  std::ranges::sort(all);
  return all;
}

/// `name` below the function itself, and below the devices that its driver made, as virtio0.
std::vector<fs::path> folders_of(const fs::path& function, const std::string& name) {
  std::vector<fs::path> all{function / name};
  std::error_code ignored;
  for (const fs::path& child : entries(function))
    if (!fs::is_symlink(child, ignored) && fs::is_directory(child / name, ignored))
      all.push_back(child / name);
  return all;
}

std::string name_of(const fs::path& process) {
  try {
    return printable_ascii(read_attribute(process / "comm").value_or("a program"));
  } catch (const Error&) {  // ESRCH: it ended meanwhile
    return "a program";
  }
}

/// Who has each of /dev/dri/card* open.
std::multimap<std::string, std::string> read_drm_clients(const fs::path& root) {
  std::multimap<std::string, std::string> clients;
  std::error_code error;
  for (const fs::path& process : entries(root / "proc")) {
    const std::string pid = process.filename().string();
    if (pid.find_first_not_of("0123456789") != std::string::npos) continue;
    std::set<std::string> cards;
    for (const fs::path& file : entries(process / "fd")) {
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
  for (const fs::path& folder : folders_of(function, "graphics"))
    for (const fs::path& entry : entries(folder))
      if (entry.filename().string().starts_with("fb"))
        use.push_back("the framebuffer " + entry.filename().string() + " is on it");
  for (const fs::path& folder : folders_of(function, "drm"))
    for (const fs::path& entry : entries(folder))
      if (entry.filename().string().starts_with("card"))
        clients.add_to(use, entry.filename().string());
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
