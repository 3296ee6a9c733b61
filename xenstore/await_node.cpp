#include "xenstore/await_node.h"

namespace xenlaunch {

bool await_node(Store& store, Events& events, const std::string& path, Events::Deadline deadline,
                const std::function<bool(const std::optional<std::string>&)>& is_it,
                const std::function<void(Event)>& meanwhile) {
  while (!is_it(store.read(path))) {
    const Event event = events.wait(deadline);
    if (event == Event::none) return false;
    meanwhile(event);
    if (event == Event::store_changed) store.take_changes();
  }
  return true;
}

}  // namespace xenlaunch
