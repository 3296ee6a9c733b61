#include "launcher/gpu/display_use.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "launcher/gpu/firmware_framebuffer.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// The function itself, and the devices that its driver made, as virtio0.
std::vector<fs::path> devices_of(const fs::path& function) {
  std::vector<fs::path> all{function};
  for (const std::string& name : subfolders_in(function))
    if (!is_firmware_framebuffer_device(name)) all.push_back(function / name);
  return all;
}

bool is_number(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

/// What names of nodes below /dev lead to a function.
struct Nodes {
  std::set<std::string> names;        ///< "dri/card0", "nvidia0", "kfd"
  std::set<std::string> sound_cards;  ///< numbers: of snd/controlC1, snd/pcmC1D3p and the like
  bool any_of_nvidia = false;         ///< which of its numbered nodes is the card's is not known

  bool empty() const { return names.empty() && sound_cards.empty() && !any_of_nvidia; }
  bool have(std::string_view node) const;
};

bool Nodes::have(std::string_view node) const {
  if (names.contains(std::string{node})) return true;
  constexpr std::string_view nvidia = "nvidia";
  if (any_of_nvidia && node.starts_with(nvidia) && is_number(node.substr(nvidia.size())))
    return true;
  if (!node.starts_with("snd/")) return false;
  const std::size_t c = node.find('C');
  if (c == std::string_view::npos) return false;
  const std::string_view rest = node.substr(c + 1);
  const std::size_t digits = std::min(rest.find_first_not_of("0123456789"), rest.size());
  return sound_cards.contains(std::string{rest.substr(0, digits)});
}

/// /dev/nvidiaN of a card, as NVIDIA's driver tells it: "Device Minor:    0".
std::optional<std::string> nvidia_minor(const fs::path& root, const PciAddress& address) {
  const fs::path told = root / "proc/driver/nvidia/gpus" / address.to_string() / "information";
  std::istringstream lines{read_if_readable(told).value_or("")};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("Device Minor:")) continue;
    const std::string number = line.substr(std::min(line.find_last_of(" \t") + 1, line.size()));
    if (is_number(number)) return number;
  }
  return std::nullopt;
}

void add_driver_nodes(Nodes& nodes, const PciFunction& function, const fs::path& root) {
  if (function.driver == "amdgpu") nodes.names.insert("kfd");
  if (function.driver != "nvidia") return;
  const std::optional<std::string> minor = nvidia_minor(root, function.address);
  if (minor)
    nodes.names.insert("nvidia" + *minor);
  else
    nodes.any_of_nvidia = true;
}

Nodes nodes_of(const std::vector<fs::path>& devices, const PciFunction& function,
               const fs::path& root) {
  Nodes nodes;
  for (const fs::path& device : devices) {
    for (const std::string& name : names_in(device / "drm"))
      if (name.starts_with("card") || name.starts_with("renderD"))
        nodes.names.insert("dri/" + name);
    for (const std::string& name : names_in(device / "sound"))
      if (name.starts_with("card") && is_number(name.substr(4)))
        nodes.sound_cards.insert(name.substr(4));
  }
  add_driver_nodes(nodes, function, root);
  return nodes;
}

std::string name_of(const fs::path& process) {
  try {
    return excerpt(read_attribute(process / "comm").value_or("a program"));
  } catch (const Error&) {  // ESRCH: it ended meanwhile
    return "a program";
  }
}

/// A process that has nodes open which may be a GPU's or a sound card's.
struct Client {
  std::string pid;
  std::string name;
  std::set<std::string> nodes;  ///< below /dev
};

std::vector<Client> read_clients(const fs::path& root) {
  constexpr std::string_view dev = "/dev/";
  std::vector<Client> clients;
  for (const std::string& pid : names_in(root / "proc")) {
    if (!is_number(pid)) continue;
    const fs::path process = root / "proc" / pid;
    Client client{.pid = pid};
    std::error_code error;
    for (const std::string& file : names_in(process / "fd")) {
      const std::string target = fs::read_symlink(process / "fd" / file, error).string();
      if (error || !target.starts_with(dev)) continue;
      const std::string node = target.substr(dev.size());
      for (const char* start : {"dri/", "nvidia", "kfd", "snd/"})
        if (node.starts_with(start)) client.nodes.insert(node);
    }
    if (client.nodes.empty()) continue;
    client.name = name_of(process);
    clients.push_back(std::move(client));
  }
  return clients;
}

/// Read when the first function asks: a look at every process is the dear part.
class Clients {
 public:
  explicit Clients(const fs::path& root) : root_{root} {}
  void add_to(DisplayUse& use, const Nodes& nodes) {
    if (nodes.empty()) return;
    if (!all_) all_ = read_clients(root_);
    for (const Client& client : *all_)
      for (const std::string& node : client.nodes)
        if (nodes.have(node))
          use.push_back(fmt::format("{} (process {}) has /dev/{} open", client.name, client.pid,
                                    excerpt(node)));
  }

 private:
  fs::path root_;
  std::optional<std::vector<Client>> all_;
};

DisplayUse use_of(const PciFunction& function, const fs::path& root, Clients& clients) {
  DisplayUse use;
  const std::vector<fs::path> devices =
      devices_of(root / "sys/bus/pci/devices" / function.address.to_string());
  for (const fs::path& device : devices)
    for (const std::string& name : names_in(device / "graphics"))
      if (name.starts_with("fb")) use.push_back("the framebuffer " + name + " is on it");
  clients.add_to(use, nodes_of(devices, function, root));
  return use;
}

}  // namespace

std::map<PciAddress, DisplayUse> read_display_use(const fs::path& root,
                                                  const std::vector<PciFunction>& functions) {
  Clients clients{root};
  std::map<PciAddress, DisplayUse> all;
  for (const PciFunction& function : functions) {
    DisplayUse use = use_of(function, root, clients);
    if (!use.empty()) all.emplace(function.address, std::move(use));
  }
  return all;
}

}  // namespace xenlaunch
