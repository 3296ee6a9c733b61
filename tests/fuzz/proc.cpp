// Texts of the kernel and of others that are parsed alone: /dev/vga_arbiter, mounts, swaps, routes,
// modprobe's files; and whatever is made printable.
#include "base/text.h"
#include "launcher/boot/modprobe_conf.h"
#include "launcher/gpu/firmware_framebuffer.h"
#include "launcher/host/mount_table.h"
#include "launcher/host/network_needs.h"
#include "launcher/host/route_table.h"
#include "launcher/host/vga_arbiter.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  if (const auto device = parse_vga_arbiter(input))
    require(input.find("PCI:" + device->to_string()) != std::string_view::npos,
            "the display device is one that is named", input);
  const std::vector<Mount> mounts = parse_mountinfo(input);
  mount_of(input, mounts);
  root_is_layered(mounts);
  mount_of("/", parse_mounts(input));
  for (const std::string& swap : parse_swaps(input))
    require(swap.starts_with('/'), "a swap is a path", swap);
  const std::vector<Route> routes = parse_routes(input, input);
  interface_to("192.0.2.7", routes);
  interface_to(std::string{input.substr(0, 40)}, routes);
  default_route_interfaces(routes);
  server_of(input);
  firmware_framebuffer_memory(input);
  modprobe_hide({{"/etc/modprobe.d/a.conf", std::string{input}}});
  const std::string shown = printable(input);
  require_clean(shown);
  require(is_printable(shown) && (!is_printable(input) || shown == input),
          "only what is not printable is changed", shown);
  require_clean(excerpt(input));
}

const Registration registration{"proc", run};

}  // namespace
}  // namespace xenlaunch::fuzz
