#pragma once

#include <array>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "launcher/xen/brokered_call.h"
#include "launcher/xen/device_assignment.h"

namespace xenlaunch {

/// For which domain a QEMU may ask something, and which functions it has passed.
struct BrokerRules {
  Domid domid{};
  std::vector<DeviceGrant> devices;  ///< of each the address, and the resources of some size
  friend bool operator==(const BrokerRules&, const BrokerRules&) = default;
};

/// As arguments of a program, and back, but for resources that are memory of the host. Throws Error
/// (ExitCode::internal) where they are not such.
std::vector<std::string> words_of(const BrokerRules& rules);
BrokerRules parse_rules(const std::vector<std::string>& words);

/// The interrupt of a function as sysfs has it at the time; nullopt where it has none.
using IrqOf = std::function<std::optional<std::uint32_t>(const PciAddress&)>;

/// What has been asked so far decides what may be asked. The domain's interrupts (PIRQs) are those
/// that were mapped for it here, and each pin of the guest's gets one once: Xen checks neither, and
/// would spend its own memory and the host's vectors on a QEMU that goes on asking
/// (pt_irq_create_bind of xen/drivers/passthrough/x86/hvm.c, map_domain_pirq of
/// xen/arch/x86/irq.c).
class BrokerState {
 public:
  BrokerState(BrokerRules rules, IrqOf irq_of);

  /// Why `call` is none that a QEMU makes for these devices; "" where it is one. What is in the
  /// guest's address space, or the guest's interrupts, is the guest's own matter.
  std::string refusal(const BrokeredCall& call) const;
  /// Notes what has become of a call that was made.
  void note(const BrokeredCall& call, const BrokeredAnswer& answer);

 private:
  bool is_line(std::uint64_t pirq) const;
  bool is_free(std::uint64_t pirq) const;
  bool has_irq(std::uint64_t irq) const;
  bool has_msi(const BrokeredCall& call) const;
  std::string refuse_line(const BrokeredCall& call) const;

  BrokerRules rules_;
  IrqOf irq_of_;
  std::set<std::uint64_t> lines_;
  std::set<std::uint64_t> msis_;
  /// Interrupt, and the guest's bus, device and pin.
  std::set<std::array<std::uint64_t, 4>> bound_;
};

}  // namespace xenlaunch
