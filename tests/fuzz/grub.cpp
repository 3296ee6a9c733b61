// grub.cfg, and behind a line "%%" grubenv.
#include "launcher/boot/grub/grub_cfg.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  const std::vector<std::string_view> files = parts(input, 2);
  is_refused([&] {
    const BootEntry entry = next_entry(files[0], files[1]);
    require(!entry.kernel.empty() || entry.dom0.empty(),
            "dom0 has a command line only with a kernel", entry.dom0);
  });
}

const Registration registration{"grub", run};

}  // namespace
}  // namespace xenlaunch::fuzz
