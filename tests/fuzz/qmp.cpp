// Lines that QEMU sends over QMP.
#include "devicemodel/qmp_client.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  if (const auto message = qmp_message(input)) require_clean(*message);
  const std::string tty = serial_tty_in(std::string{input});
  constexpr std::string_view pts = "/dev/pts/";
  require(tty.empty() || (tty.starts_with(pts) && tty.size() > pts.size() &&
                          tty.find_first_not_of("0123456789", pts.size()) == std::string::npos),
          "only a pty is taken", tty);
}

const Registration registration{"qmp", run};

}  // namespace
}  // namespace xenlaunch::fuzz
