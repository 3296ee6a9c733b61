#include "launcher/undo/nic_undo.h"

#include <algorithm>
#include <chrono>
#include <vector>

#include "base/error.h"
#include "launcher/config/vm_config.h"
#include "xenstore/await_node.h"
#include "xenstore/paths.h"
#include "xenstore/watch.h"

namespace xenlaunch {
namespace {

/// LIBXL_DESTROY_TIMEOUT of tools/libs/light/libxl_internal.h.
constexpr std::chrono::seconds time_to_close{10};
constexpr const char* closing = "5";
constexpr const char* closed = "6";

/// A script that looks at its card finds no nodes any more where `xl destroy` was first, which has
/// run it as well; and one that runs beside that may find no interface.
void disconnect(const Undo& undo, Domid domid, NicAction action, const HostAccess& host,
                Progress& progress) {
  const std::string id = std::to_string(domid);
  const std::string backend = backend_path("vif", id) + "/" + std::to_string(undo.nic->index);
  const auto is_anothers = [&] { return !host.store.read(backend + "/script"); };
  if (is_anothers()) return;
  try {
    const ProgramResult result = host.nics.start(script_call(*undo.nic, id, action))->finish();
    if (!result.succeeded() && !is_anothers())
      progress.warning("cannot " + undo.label + ": " + failure_text(undo.nic->script, result));
  } catch (const Error& error) {
    progress.warning("cannot " + undo.label + ": " + error.what());
  }
}

/// The numbers of the cards below `backends`.
std::vector<unsigned> cards_below(const std::string& backends, Store& store) {
  const std::vector<std::string> names = store.list(backends);
  std::vector<unsigned> cards;
  for (unsigned index = 0; index < max_nics; ++index)
    if (std::ranges::count(names, std::to_string(index)) > 0) cards.push_back(index);
  return cards;
}

/// As libxl__initiate_device_generic_remove does by force: a guest that is paused or dead ends
/// nothing by itself, and xen-netback ends a card whose frontend has no nodes.
void ask_to_close(const std::string& backend, const std::string& frontend, Domid domid,
                  Store& store) {
  const std::optional<std::string> state = store.read(backend + "/state");
  if (!state) return;
  std::vector<Node> nodes{{backend + "/online", "0", Access::guest_reads}};
  if (state != closed) nodes.push_back({backend + "/state", closing, Access::guest_reads});
  store.write(nodes, domid);
  store.remove({frontend});
}

/// What is not closed by then is removed all the same, again as libxl does.
void await_closed(const std::string& backend, Store& store, Events& events) {
  const auto is_closed = [](const std::optional<std::string>& value) {
    return !value || value == closed;
  };
  const std::string state = backend + "/state";
  if (is_closed(store.read(state))) return;
  const Watch watch{store, state};
  await_node(store, events, state, std::chrono::steady_clock::now() + time_to_close, is_closed);
}

void end_cards(const Undo& undo, Domid domid, const HostAccess& host) {
  const std::string backends = backend_path("vif", std::to_string(domid));
  const std::string frontends = domain_path(domid) + "/device/vif";
  const std::vector<unsigned> cards = cards_below(backends, host.store);
  const auto below = [](const std::string& folder, unsigned index) {
    return folder + "/" + std::to_string(index);
  };
  for (const unsigned index : cards)
    ask_to_close(below(backends, index), below(frontends, index), domid, host.store);
  for (const unsigned index : cards) await_closed(below(backends, index), host.store, host.events);
  host.store.remove(undo.nodes);
  for (const unsigned index : cards) host.nics.await_backend_gone(domid, index);
}

}  // namespace

void undo_nic_change(const Undo& undo, Domid domid, const HostAccess& host, Progress& progress) {
  if (undo.kind == UndoKind::remove_nic_nodes) end_cards(undo, domid, host);
  if (undo.kind == UndoKind::disconnect_vif)
    disconnect(undo, domid, NicAction::disconnect_vif, host, progress);
  if (undo.kind == UndoKind::disconnect_tap)
    disconnect(undo, domid, NicAction::disconnect_tap, host, progress);
}

}  // namespace xenlaunch
