#pragma once

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "launcher/host/sysfs_pci_binder.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::testing {

/// Time that passes at once.
struct PauseDouble {
  std::chrono::milliseconds waited{};
  std::function<void()> wakes = [] {};  ///< what happens meanwhile

  void operator()(std::chrono::milliseconds time) {
    waited += time;
    wakes();
  }
};

/// What Linux does with a write to sysfs, on a tree of plain files: drivers/base/bus.c and
/// drivers/xen/xen-pciback/pci_stub.c, as far as binding goes. Made with one device and two
/// drivers.
class KernelDouble {
 public:
  static constexpr const char* bdf = "0000:01:00.0";
  static constexpr const char* all_ones = "\xff\xff\xff\xff\xff\xff\xff\xff";

  explicit KernelDouble(const std::string& driver = "nvidia") {
    tree.write(device("driver_override"), "(null)\n");
    tree.write(device("reset"), "");
    tree.write(device("config"), std::string("\x86\x80\x12\x04\x04\x01\x90\x00", 8));
    tree.write(device("rom"), "\x55\xaa\x01");
    tree.write(drivers("pciback/slots"), "");
    tree.write(drivers("nvidia/bind"), "");
    if (!driver.empty()) bind(driver);
  }

  std::optional<int> operator()(const std::filesystem::path& attribute, std::string_view value,
                                std::chrono::seconds deadline) {
    const std::string name = attribute.lexically_relative(tree.root() / "sys/bus/pci").string();
    const int number = static_cast<int>(journal.size()) + 1;
    journal.push_back(name + " " + std::string{value} + " " + std::to_string(deadline.count()));
    if (fail_at.contains(number)) return EIO;
    if (hang_at == number) return std::nullopt;
    const std::string action = attribute.filename().string();
    if (action == "driver_override")
      tree.write(device(action), value == "\n" ? "(null)\n" : std::string{value} + "\n");
    if (action == "new_slot")
      tree.write(drivers("pciback/slots"), slots() + std::string{value} + "\n");
    if (action == "remove_slot") return remove_slot();
    if (action == "unbind") return unbind(attribute.parent_path());
    if (action == "bind")
      return ignore_bind ? 0 : probe(attribute.parent_path().filename().string());
    return 0;
  }

  void bind(const std::string& driver) const {
    tree.link(device("driver"), "../../drivers/" + driver);
  }
  std::string slots() const { return tree.read(drivers("pciback/slots")); }
  static std::string device(const std::string& attribute) {
    return "sys/bus/pci/devices/" + std::string{bdf} + "/" + attribute;
  }
  static std::string drivers(const std::string& name) { return "sys/bus/pci/drivers/" + name; }

  TemporaryTree tree;
  PauseDouble pause;
  std::vector<std::string> journal;  ///< "ATTRIBUTE VALUE DEADLINE-IN-SECONDS" of every write
  std::set<int> fail_at;             ///< the n-th writes that fail with EIO, from 1
  int hang_at = 0;                   ///< the n-th write that never ends
  bool ignore_bind = false;          ///< writes to `bind` succeed and do nothing

 private:
  int remove_slot() const {
    if (slots().empty()) return ENOENT;
    tree.write(drivers("pciback/slots"), "");
    return 0;
  }
  int unbind(const std::filesystem::path& driver) const {
    const std::filesystem::path link = tree.root() / device("driver");
    if (!std::filesystem::is_symlink(link)) return ENODEV;
    const std::string bound = std::filesystem::read_symlink(link).filename();
    if (driver.filename() != "driver" && driver.filename() != bound) return ENODEV;
    tree.remove(device("driver"));
    return 0;
  }
  int probe(const std::string& driver) const {
    const std::string wanted = tree.read(device("driver_override"));
    if (std::filesystem::is_symlink(tree.root() / device("driver"))) return EBUSY;
    if (!wanted.empty() && wanted != "(null)\n" && wanted != driver + "\n") return ENODEV;
    if (driver == "pciback" && slots().empty()) return ENODEV;
    bind(driver);
    return 0;
  }
};

inline SysfsPciBinder binder_of(KernelDouble& kernel) {
  return {kernel.tree.root(), std::ref(kernel), std::ref(kernel.pause)};
}

/// The exit status and the text of what `call` throws, paths without the temporary root.
template <typename Call>
std::string failure_of(const KernelDouble& kernel, const Call& call) {
  try {
    call();
  } catch (const Error& error) {
    std::string text = std::to_string(static_cast<int>(error.code)) + " " + error.what();
    const std::string root = kernel.tree.root().string();
    for (auto at = text.find(root); at != std::string::npos; at = text.find(root))
      text.erase(at, root.size());
    return text;
  }
  return "no error";
}

}  // namespace xenlaunch::testing
