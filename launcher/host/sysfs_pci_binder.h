#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/pci_address.h"
#include "launcher/host/pci_binder.h"

namespace xenlaunch {

/// Writes one attribute, as write_attribute_within does: 0 or errno, nullopt where `deadline`
/// passed first.
using SysfsWrite = std::function<std::optional<int>(
    const std::filesystem::path& attribute, std::string_view value, std::chrono::seconds deadline)>;

/// Lets that time pass.
using Pause = std::function<void(std::chrono::milliseconds)>;

/// The PciBinder over sysfs. Its own header only for the tests, which put a kernel of their own
/// behind `write`, and do not wait.
class SysfsPciBinder final : public PciBinder {
 public:
  /// What a driver gets to let go of a device: a display server or an open file can hold it for
  /// ever.
  static constexpr std::chrono::seconds release_deadline{30};
  /// For writes that probe or reset a device: Linux alone waits 60 s for one to come back from a
  /// reset (PCIE_RESET_READY_POLL_MS in drivers/pci/pci.c).
  static constexpr std::chrono::seconds reset_deadline{90};

  /// What a device gets to answer after a reset. The kernel has waited for it already where it
  /// knows that it has to; some devices are late all the same.
  static constexpr std::chrono::milliseconds answer_deadline{1000};
  static constexpr std::chrono::milliseconds answer_pause{10};

  SysfsPciBinder(const std::filesystem::path& root, SysfsWrite write, Pause pause);

  FileView hide_rom(const PciAddress& device, const std::filesystem::path& copy) override;
  FolderView show_rom(const PciAddress& device, int rom,
                      const std::filesystem::path& scratch) override;
  bool is_there(const PciAddress& device) override;
  PciFunction inspect(const PciAddress& device) override;
  bool assign(const PciAddress& device) override;
  void drop_override(const PciAddress& device) override;
  void restore(const PciAddress& device, const std::optional<std::string>& driver) override;
  ResetResult reset(const PciAddress& device) override;
  void choose_resets(const PciAddress& device, const std::vector<std::string>& methods) override;
  void switch_rom_on(const PciAddress& device) override;
  void switch_rom_off(const PciAddress& device) override;
  void await_backend_gone(std::uint32_t domid) override;

 private:
  struct WriteFailure {
    std::string reason;
    bool timed_out{};  ///< the write still waits in the kernel and, with it, every other write to
                       ///< this device
  };
  /// What has been changed and is to be undone.
  struct Changes {
    bool driver_override{};
    bool slot{};
    std::optional<std::string> driver;  ///< the device was taken from it
    bool stuck{};                       ///< a write timed out
  };

  std::optional<WriteFailure> write(const std::filesystem::path& attribute, std::string_view value,
                                    std::chrono::seconds deadline) const;
  std::optional<std::string> take(const PciAddress& device,
                                  const std::optional<std::string>& driver, Changes& changes) const;
  std::optional<WriteFailure> release(const PciAddress& device) const;
  std::vector<std::string> give_back(const PciAddress& device, Changes changes) const;
  std::optional<std::string> bind_again(const PciAddress& device, const std::string& driver) const;
  bool answers_soon(const PciAddress& device) const;
  bool has_slot(const PciAddress& device) const;
  std::optional<std::string> driver_of(const PciAddress& device) const;
  std::filesystem::path device_path(const PciAddress& device) const;
  std::filesystem::path driver_path(const std::string& driver) const;

  std::filesystem::path root_;
  std::filesystem::path pci_;
  SysfsWrite write_;
  Pause pause_;
  std::set<PciAddress> decode_enabled_;  ///< by switch_rom_on, so that switch_rom_off disables it
};

}  // namespace xenlaunch
