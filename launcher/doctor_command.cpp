#include "launcher/base/error.h"
#include "launcher/commands.h"

namespace xenlaunch {
ExitCode host_doctor_command(const Options&, std::ostream&, Progress&) {
  throw Error{ExitCode::internal, "not yet"};
}
}  // namespace xenlaunch
