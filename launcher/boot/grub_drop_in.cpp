#include "launcher/boot/grub_drop_in.h"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

#include "launcher/boot/hidden_devices.h"

namespace xenlaunch {
namespace {

constexpr std::string_view marker = "# Written by xenlaunch";

constexpr std::string_view head =
    R"(# Written by xenlaunch, which reads its three settings back and writes the rest anew at each of
#   xenlaunch gpu disable-dom0-access|enable-dom0-access BDF
#   xenlaunch host disable-display|enable-display
)";

// What 20_linux_xen puts together: dom0 gets GRUB_CMDLINE_LINUX and GRUB_CMDLINE_LINUX_DEFAULT, or,
// where they hold something, the two _XEN_REPLACE ones in their place; Xen gets GRUB_CMDLINE_XEN
// and GRUB_CMDLINE_XEN_DEFAULT. Of words given twice Linux and Xen take the last. New words come
// first: both take what follows a "--" for somebody else's.
constexpr std::string_view code = R"SH(
xenlaunch_edit() { # LINE SED-SCRIPT
  printf ' %s \n' "$1" | sed -e "$2" -e 's/^ //' -e 's/ $//'
}
xenlaunch_has() { # LINE WORD-BEGINNING
  case " $1" in *" $2"*) return 0 ;; esac
  return 1
}
xenlaunch_dom0=${GRUB_CMDLINE_LINUX_XEN_REPLACE:-${GRUB_CMDLINE_LINUX-}}
xenlaunch_dom0_default=${GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT:-${GRUB_CMDLINE_LINUX_DEFAULT-}}
xenlaunch_xen=${GRUB_CMDLINE_XEN-}
xenlaunch_xen_default=${GRUB_CMDLINE_XEN_DEFAULT-}

for xenlaunch_group in $xenlaunch_unhide; do
  xenlaunch_group=$(printf '%s\n' "$xenlaunch_group" | sed 's/[.]/[.]/g')
  xenlaunch_script=":a;s/\( xen[-_]pciback[.]hide=[^ ]*\)$xenlaunch_group/\1/;ta;s/ xen[-_]pciback[.]hide= / /"
  xenlaunch_dom0=$(xenlaunch_edit "$xenlaunch_dom0" "$xenlaunch_script")
  xenlaunch_dom0_default=$(xenlaunch_edit "$xenlaunch_dom0_default" "$xenlaunch_script")
done

if [ -n "$xenlaunch_hide" ]; then
  xenlaunch_script="s/\(.* xen[-_]pciback[.]hide=[^ ]*\)/\1$xenlaunch_hide/"
  if xenlaunch_has "$xenlaunch_dom0_default" xen-pciback.hide= || xenlaunch_has "$xenlaunch_dom0_default" xen_pciback.hide=; then
    xenlaunch_dom0_default=$(xenlaunch_edit "$xenlaunch_dom0_default" "$xenlaunch_script")
  elif xenlaunch_has "$xenlaunch_dom0" xen-pciback.hide= || xenlaunch_has "$xenlaunch_dom0" xen_pciback.hide=; then
    xenlaunch_dom0=$(xenlaunch_edit "$xenlaunch_dom0" "$xenlaunch_script")
  else
    xenlaunch_dom0="xen-pciback.hide=$xenlaunch_hide${xenlaunch_dom0:+ $xenlaunch_dom0}"
  fi
fi

case $xenlaunch_display in
disabled)
  xenlaunch_script=':a;s/ console=tty[0-9]*\(,[^ ]*\)\{0,1\} / /;ta'
  xenlaunch_dom0=$(xenlaunch_edit "$xenlaunch_dom0" "$xenlaunch_script")
  xenlaunch_dom0_default=$(xenlaunch_edit "$xenlaunch_dom0_default" "$xenlaunch_script")
  xenlaunch_has "$xenlaunch_dom0 $xenlaunch_dom0_default" console= ||
    xenlaunch_dom0="console=hvc0${xenlaunch_dom0:+ $xenlaunch_dom0}"
  case " $xenlaunch_dom0 $xenlaunch_dom0_default " in
  *" initcall_blacklist=sysfb_init "*) ;;
  *) xenlaunch_dom0="initcall_blacklist=sysfb_init${xenlaunch_dom0:+ $xenlaunch_dom0}" ;;
  esac
  xenlaunch_script=':a;s/\( console=\([^ ]*,\)\{0,1\}\)vga[^, ]*,\{0,1\}/\1/;ta;s/\( console=[^ ]*\), /\1 /g;s/ console= / /g'
  xenlaunch_xen=$(xenlaunch_edit "$xenlaunch_xen" "$xenlaunch_script")
  xenlaunch_xen_default=$(xenlaunch_edit "$xenlaunch_xen_default" "$xenlaunch_script")
  if ! xenlaunch_has "$xenlaunch_xen $xenlaunch_xen_default" console=; then
    xenlaunch_word=console=none
    if xenlaunch_has "$xenlaunch_xen $xenlaunch_xen_default" com1=; then xenlaunch_word=console=com1; fi
    xenlaunch_xen="$xenlaunch_word${xenlaunch_xen:+ $xenlaunch_xen}"
  fi
  ;;
enabled)
  if xenlaunch_has "$xenlaunch_dom0 $xenlaunch_dom0_default" console=; then
    xenlaunch_dom0="console=tty0${xenlaunch_dom0:+ $xenlaunch_dom0}"
  fi
  xenlaunch_script='s/\(.* console=[^ ]*\)/\1,vga/;s/\( console=\)none,vga /\1vga /'
  if xenlaunch_has "$xenlaunch_xen_default" console=; then
    xenlaunch_xen_default=$(xenlaunch_edit "$xenlaunch_xen_default" "$xenlaunch_script")
  else
    xenlaunch_xen=$(xenlaunch_edit "$xenlaunch_xen" "$xenlaunch_script")
  fi
  ;;
esac

# A space in place of nothing: nothing would mean that the lines of plain Linux hold.
GRUB_CMDLINE_LINUX_XEN_REPLACE=${xenlaunch_dom0:- }
GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT=${xenlaunch_dom0_default:- }
GRUB_CMDLINE_XEN=$xenlaunch_xen
GRUB_CMDLINE_XEN_DEFAULT=$xenlaunch_xen_default
)SH";

std::string to_text(GrubDropIn::Display display) {
  switch (display) {
    case GrubDropIn::Display::disabled:
      return "disabled";
    case GrubDropIn::Display::enabled:
      return "enabled";
    case GrubDropIn::Display::untouched:
      break;
  }
  return "";
}

/// The value of a line "KEY='VALUE'".
std::optional<std::string> setting(std::string_view text, const std::string& key) {
  const std::string before = "\n" + key + "='";
  const std::size_t at = text.find(before);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view rest = text.substr(at + before.size());
  const std::size_t end = rest.find("'\n");
  if (end == std::string_view::npos) return std::nullopt;
  return std::string{rest.substr(0, end)};
}

/// "(BDF)(BDF)"; nullopt for anything else.
std::optional<std::vector<PciAddress>> parse_devices(std::string_view value) {
  std::vector<PciAddress> devices;
  while (!value.empty()) {
    const std::size_t end = value.find(')');
    if (value.front() != '(' || end == std::string_view::npos) return std::nullopt;
    const std::optional<PciAddress> device = PciAddress::parse(value.substr(1, end - 1));
    if (!device) return std::nullopt;
    devices.push_back(*device);
    value.remove_prefix(end + 1);
  }
  return devices;
}

/// Groups as hidden_devices gives them hold nothing that a shell in single quotes or sed minds.
bool is_plain_group(std::string_view group) {
  return group.size() > 2 && group.front() == '(' && group.back() == ')' &&
         group.substr(1, group.size() - 2).find_first_not_of("0123456789abcdefABCDEF:.") ==
             std::string_view::npos;
}

}  // namespace

std::string render_drop_in(const GrubDropIn& drop_in) {
  std::string hide;
  for (const PciAddress& device : drop_in.hide) hide += "(" + device.to_string() + ")";
  std::string unhide;
  for (const std::string& group : drop_in.unhide) unhide += (unhide.empty() ? "" : " ") + group;
  return fmt::format("{}xenlaunch_hide='{}'\nxenlaunch_unhide='{}'\nxenlaunch_display='{}'\n{}",
                     head, hide, unhide, to_text(drop_in.display), code);
}

std::optional<GrubDropIn> parse_drop_in(std::string_view text) {
  if (!text.starts_with(marker)) return std::nullopt;
  const std::optional<std::string> hide = setting(text, "xenlaunch_hide");
  const std::optional<std::string> unhide = setting(text, "xenlaunch_unhide");
  const std::optional<std::string> display = setting(text, "xenlaunch_display");
  if (!hide || !unhide || !display) return std::nullopt;
  GrubDropIn drop_in;
  const std::optional<std::vector<PciAddress>> devices = parse_devices(*hide);
  if (!devices) return std::nullopt;
  drop_in.hide = *devices;
  std::istringstream groups{*unhide};
  for (std::string group; groups >> group;) {
    if (!is_plain_group(group)) return std::nullopt;
    drop_in.unhide.push_back(group);
  }
  for (const auto value : {GrubDropIn::Display::untouched, GrubDropIn::Display::disabled,
                           GrubDropIn::Display::enabled}) {
    if (to_text(value) != *display) continue;
    drop_in.display = value;
    return drop_in;
  }
  return std::nullopt;
}

GrubDropIn with_change(GrubDropIn drop_in, const BootChange& change) {
  switch (change.kind) {
    case BootChange::Kind::hide:
      std::erase(drop_in.hide, change.device);
      std::erase_if(drop_in.unhide, [&change](const std::string& group) {
        return !groups_of(group, change.device).empty();
      });
      drop_in.hide.push_back(change.device);
      break;
    case BootChange::Kind::unhide:
      std::erase(drop_in.hide, change.device);
      break;
    case BootChange::Kind::disable_display:
      drop_in.display = GrubDropIn::Display::disabled;
      break;
    case BootChange::Kind::enable_display:
      drop_in.display = GrubDropIn::Display::untouched;
      break;
  }
  return drop_in;
}

GrubDropIn with_more(GrubDropIn drop_in, const BootChange& change, const BootLines& generated) {
  if (change.kind == BootChange::Kind::enable_display)
    drop_in.display = GrubDropIn::Display::enabled;
  if (change.kind == BootChange::Kind::unhide)
    for (const std::string& group : groups_of(hide_value(generated.dom0), change.device))
      if (is_plain_group(group) && std::ranges::find(drop_in.unhide, group) == drop_in.unhide.end())
        drop_in.unhide.push_back(group);
  return drop_in;
}

}  // namespace xenlaunch
