#include "launcher/undo/over_new_connection.h"

#include <utility>

#include "base/error.h"

namespace xenlaunch {

PerformUndo over_new_connection(PerformUndo perform, Store& store) {
  return [perform = std::move(perform), &store](const Undo& undo, const DomainIdentity& domain) {
    try {
      perform(undo, domain);
    } catch (const Error& error) {
      if (error.code != ExitCode::xenstore || store.renew_if_broken() != Connection::made_anew)
        throw;
      perform(undo, domain);
    }
  };
}

}  // namespace xenlaunch
