#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "devicemodel/device_model_spec.h"

// What a QEMU can, by what it says of itself, and what a guest's command line takes of that.

namespace xenlaunch {

/// What can be asked of a QEMU, each by a start of its own that ends at once.
enum class QemuQuestion { help, devices, igd_passthru, vnc_password };

/// The arguments that ask it, and the status with which a QEMU ends that has answered.
std::vector<std::string> arguments_of(QemuQuestion question);
int status_of(QemuQuestion question);

struct QemuHelp {
  std::string version{};                  ///< "7.2.22"; "" where it tells none
  std::set<std::string> options{};        ///< "spice", "tpmdev"; "run-with user" of its values
  std::set<std::string> audio_drivers{};  ///< values of -audiodev: "none", "spice"
  friend bool operator==(const QemuHelp&, const QemuHelp&) = default;
};

/// What is known of a QEMU; nullopt: it was not asked, or has not answered.
struct QemuAbilities {
  std::optional<QemuHelp> help{};
  std::optional<std::set<std::string>> devices{};  ///< values of -device, other names included
  std::optional<bool> igd_passthru{};              ///< an option of its machine xenfv
  std::optional<bool> vnc_password{};              ///< whether it has DES, which takes a library
  std::string unknown_because{};  ///< why a question has no answer: "it did not answer within 10 s"
  friend bool operator==(const QemuAbilities&, const QemuAbilities&) = default;
};

bool is_answered(const QemuAbilities& qemu, QemuQuestion question);

/// The answers, read from what a QEMU wrote to its standard output and error.
void take_answer(QemuAbilities& qemu, QemuQuestion question, std::string_view output,
                 std::string_view errors);

/// One thing that a guest's QEMU has to have.
struct QemuNeed {
  enum class Kind { device, option, audio_driver, igd_passthru, vnc_password } kind{};
  std::string name{};  ///< "nvme", "spice"
  std::string what{};  ///< of the guest, for people: "an NVMe disk"
  std::string key{};   ///< of the VM file
  QemuQuestion question() const;
  /// "has no device nvme", "does not know -spice"
  std::string lack() const;
  friend bool operator==(const QemuNeed&, const QemuNeed&) = default;
};

/// Of an upstream QEMU, each once. Extra arguments are the VM file's own affair.
std::vector<QemuNeed> needs_of(const DeviceModelSpec& spec);

/// nullopt where it is not known.
std::optional<bool> has(const QemuAbilities& qemu, const QemuNeed& need);

}  // namespace xenlaunch
