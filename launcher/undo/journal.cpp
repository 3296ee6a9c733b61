#include "launcher/undo/journal.h"

#include "launcher/undo/state_names.h"

namespace xenlaunch {

std::string_view to_string(VmState state) {
  return name_of(state, vm_state_names);
}

}  // namespace xenlaunch
