#include "launcher/config/host_settings_reader.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  is_refused([&] {
    const HostSettings settings = parse_host_settings(input, "host.yaml");
    for (const std::string& path : {settings.qemu, settings.qemu_traditional, settings.hvmloader,
                                    settings.seabios, settings.ovmf, settings.xen_cmdline})
      require(path.empty() || path.front() == '/', "a path of the settings is absolute", path);
    require_clean(settings.qemu);
  });
}

const Registration registration{"host-yaml", run};

}  // namespace
}  // namespace xenlaunch::fuzz
