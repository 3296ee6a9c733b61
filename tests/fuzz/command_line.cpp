// A boot command line, of Xen and of Linux, and the values that pciback gets.
#include "launcher/boot/command_line.h"
#include "launcher/boot/boot_state.h"
#include "launcher/boot/consoles.h"
#include "launcher/boot/firmware_framebuffer.h"
#include "launcher/boot/hiding.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void check_words(std::string_view line) {
  require(edit_words(line, [](const std::string& word) { return std::optional{word}; }) == line,
          "a line of which no word is edited stays", line);
  const std::vector<std::string> words = split_command_line(line);
  require(split_command_line(join_command_line(words)) == words, "joined words split again", line);
}

void check_consoles(std::string_view line) {
  if (line.find('"') == std::string_view::npos) {  // which Xen does not know for quotes
    const std::string xen = xen_without_display(line);
    require(!xen_uses_display(xen), "a Xen line with the display taken out has none", line);
    require(xen_uses_display(xen_with_display(xen)), "a Xen line with a display has one", xen);
  }
  const std::string dom0 = dom0_without_display(line);
  require(!dom0_uses_display(dom0), "a dom0 line with the display taken out has none", line);
  require(dom0_uses_display(dom0_with_display(dom0)), "a dom0 line with a display has one", dom0);
  require(keeps_framebuffers_off(initcalls_without_framebuffers(line)),
          "a line that keeps framebuffers off does", line);
}

void check_hiding(std::string_view value) {
  const PciAddress device{0, 1, 0, 0};
  const HiddenDevices before = hidden_devices_in(value);
  const std::string hidden = with_hidden(value, device);
  require(before.garbled || hidden_devices_in(hidden).hides(device), "a hidden device is hidden",
          value);
  require(before.garbled || groups_of(without_hidden(hidden, device), device).empty(),
          "a device that is hidden no more has no group of its own", value);
  const std::string mended = mended_hide(value);
  require(!hidden_devices_in(mended).garbled, "a mended value is understood", mended);
  const BootLines boot{.xen = "", .dom0 = "xen-pciback.hide=" + std::string{value}};
  if (const auto garbled = garbled_hide(boot, boot)) {
    require_clean(reason_of(*garbled));
    require_clean(remedy_of(*garbled));
  }
}

void run(std::string_view input) {
  check_words(input);
  check_consoles(input);
  check_hiding(input);
}

const Registration registration{"command-line", run};

}  // namespace
}  // namespace xenlaunch::fuzz
