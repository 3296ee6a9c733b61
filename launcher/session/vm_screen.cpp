#include "launcher/session/vm_screen.h"

#include "base/domid.h"
#include "base/error.h"
#include "launcher/config/vm_reader.h"
#include "launcher/undo/state_folder.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// The node is dom0's: the guest can only read it.
std::optional<unsigned> read_port(Domid domid, Store& store) {
  constexpr unsigned last_port = 65535;
  const std::string node = vnc_port_node(std::to_string(domid));
  const std::optional<std::uint32_t> port = parse_domid(store.read(node).value_or(""));
  return port && *port > 0 && *port <= last_port ? port : std::nullopt;
}

}  // namespace

std::optional<VmScreen> read_vm_screen(const VmStatus& status, const Directories& directories,
                                       const std::function<std::unique_ptr<Store>()>& connect) {
  if (!status.domain) return std::nullopt;
  try {
    const VmConfig vm = read_vm_file(StateFolder{directories.state, status.vm}.vm_file());
    if (!vm.vnc) return std::nullopt;
    if (vm.vnc->socket) return VmScreen{.socket = *vm.vnc->socket};
    return VmScreen{.address = vm.vnc->listen, .port = read_port(status.domain->domid, *connect())};
  } catch (const Error&) {  // whatever else is known of the VM is worth telling
    return std::nullopt;
  }
}

}  // namespace xenlaunch
