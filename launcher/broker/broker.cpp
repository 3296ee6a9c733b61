#include "launcher/broker/broker.h"

#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <ostream>

#include "base/error.h"
#include "devicemodel/device_model.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

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
  const fs::path path = "/sys/bus/pci/devices/" + device.to_string() + "/irq";
  const std::string text = read_if_readable(path).value_or("");
  std::uint32_t irq = 0;
  const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), irq);
  return error == std::errc{} ? std::optional{irq} : std::nullopt;
}

}  // namespace

bool serve_broker(int socket, BrokerState& state, const MakeBrokeredCall& make, std::ostream& log) {
  int refusals = 0;
  while (true) {
    BrokeredCall call;
    const ssize_t got = ::recv(socket, &call, sizeof call, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return true;
    BrokeredAnswer answer{.result = -1, .error = EPERM};
    const std::string refusal = got == sizeof call ? state.refusal(call) : "it is no whole call";
    if (refusal.empty()) {
      answer = make(call);
      state.note(call, answer);
    } else if (++refusals <= most_refusals_told) {
      log << "xenlaunch: QEMU may not " << describe(call) << ": " << refusal
          << (refusals == most_refusals_told ? "; more of this is not told" : "") << std::endl;
    }
    // One that does not read its answers would have us wait for good.
    if (::send(socket, &answer, sizeof answer, MSG_NOSIGNAL | MSG_DONTWAIT) < 0)
      return errno == EPIPE;
  }
}

int run_broker(const std::vector<std::string>& words, std::ostream& log) {
  ::prctl(PR_SET_NAME, broker_word);
  try {
    BrokerState state{parse_rules(words), irq_of};
    if (serve_broker(STDIN_FILENO, state, make_xc_brokered_calls(), log)) return 0;
    log << "xenlaunch: QEMU asks for its passed devices and does not read the answers" << std::endl;
    return static_cast<int>(ExitCode::device_model);
  } catch (const Error& error) {
    log << "xenlaunch: " << error.what() << std::endl;
    return static_cast<int>(error.code);
  }
}

}  // namespace xenlaunch
