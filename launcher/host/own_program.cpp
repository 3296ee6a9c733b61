#include "launcher/host/own_program.h"

namespace xenlaunch {

std::filesystem::path broker_library() {
  std::error_code unknown;
  const std::filesystem::path program = std::filesystem::read_symlink(own_program, unknown);
  return program.parent_path().parent_path() / "lib/xenlaunch/broker.so";
}

}  // namespace xenlaunch
