#include "launcher/broker/broker.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <ostream>

#include "base/error.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

/// A QEMU that floods us fills no disk.
constexpr int most_refusals_told = 20;

std::string name_of(BrokeredFunction function) {
  switch (function) {
    case BrokeredFunction::map_pirq:
      return "map an interrupt";
    case BrokeredFunction::map_pirq_msi:
      return "map an MSI";
    case BrokeredFunction::unmap_pirq:
      return "unmap an interrupt";
    case BrokeredFunction::bind_pci_irq:
      return "bind an interrupt";
    case BrokeredFunction::unbind_irq:
      return "unbind an interrupt";
    case BrokeredFunction::update_msi_irq:
      return "bind an MSI";
    case BrokeredFunction::unbind_msi_irq:
      return "unbind an MSI";
    case BrokeredFunction::map_memory:
      return "map memory";
    case BrokeredFunction::map_ports:
      return "map ports";
  }
  return fmt::format("call function {}", static_cast<std::uint32_t>(function));
}

std::string describe(const BrokeredCall& call) {
  std::string text = name_of(call.function) + " (";
  for (const std::uint64_t argument : call.arguments)
    text += fmt::format("{}{:x}", text.ends_with('(') ? "" : " ", argument);
  return text + ")";
}

std::optional<std::uint32_t> irq_of(const PciAddress& device) {
  const std::string path = "/sys/bus/pci/devices/" + device.to_string() + "/irq";
  return parse_domid(read_text(path).value_or(""));
}

}  // namespace

void serve_broker(int socket, BrokerState& state, const MakeBrokeredCall& make, std::ostream& log) {
  int refusals = 0;
  BrokeredCall call;
  while (true) {
    const ssize_t got = ::recv(socket, &call, sizeof call, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return;
    BrokeredAnswer answer{.result = -1, .error = EPERM};
    const std::string refusal = got == sizeof call ? state.refusal(call) : "it is no whole call";
    if (refusal.empty()) {
      answer = make(call);
      state.note(call, answer);
    } else if (++refusals <= most_refusals_told) {
      log << "xenlaunch: QEMU may not " << describe(call) << ": " << refusal
          << (refusals == most_refusals_told ? "; more of this is not told" : "") << std::endl;
    }
    ::send(socket, &answer, sizeof answer, MSG_NOSIGNAL);
  }
}

int run_broker(const std::vector<std::string>& words, std::ostream& log) {
  ::prctl(PR_SET_NAME, broker_word);
  try {
    BrokerState state{parse_rules(words), irq_of};
    serve_broker(STDIN_FILENO, state, make_xc_brokered_calls(), log);
    return 0;
  } catch (const Error& error) {
    log << "xenlaunch: " << error.what() << std::endl;
    return static_cast<int>(error.code);
  }
}

}  // namespace xenlaunch
