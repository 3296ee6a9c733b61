#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/event_loop.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// Waits until `is_it` says yes to the value of the node at `path` (nullopt: no such node), on
/// which the caller has a watch. False once `deadline` has passed. `meanwhile` is told of each
/// event, and may end the wait by an Error of its own.
bool await_node(
    Store& store, Events& events, const std::string& path, Events::Deadline deadline,
    const std::function<bool(const std::optional<std::string>&)>& is_it,
    const std::function<void(Event)>& meanwhile = [](Event) {});

}  // namespace xenlaunch
