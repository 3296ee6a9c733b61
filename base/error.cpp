#include "base/error.h"

#include <cstring>
#include <system_error>

namespace xenlaunch {

std::string errno_text(int error_number) {
  return std::generic_category().message(error_number);
}

std::string errno_name(int error_number) {
  const char* name = strerrorname_np(error_number);
  return name != nullptr ? name : std::to_string(error_number);
}

void throw_errno(ExitCode code, int error_number, const std::string& action) {
  throw Error{code, "cannot " + action + ": " + errno_text(error_number)};
}

}  // namespace xenlaunch
