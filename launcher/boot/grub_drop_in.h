#pragma once

#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/boot/boot_config.h"
#include "launcher/boot/boot_state.h"

namespace xenlaunch {

/// What our file below /etc/default/grub.d asks for. grub-mkconfig of GRUB 2 sources those files
/// after /etc/default/grub, so ours changes whatever lines the user's files give, now and after
/// later edits of theirs.
struct GrubDropIn {
  enum class Display { untouched, disabled, enabled };
  std::vector<PciAddress> hide;     ///< added to xen-pciback.hide
  std::vector<std::string> unhide;  ///< groups of the user's own xen-pciback.hide, taken from it
  Display display = Display::untouched;

  bool empty() const { return hide.empty() && unhide.empty() && display == Display::untouched; }
  friend bool operator==(const GrubDropIn&, const GrubDropIn&) = default;
};

/// The file: three assignments, then shell code that is the same in every such file.
std::string render_drop_in(const GrubDropIn& drop_in);

/// Reads the assignments back; nullopt for a file that we did not write or whose settings somebody
/// has broken.
std::optional<GrubDropIn> parse_drop_in(std::string_view text);

/// The drop-in that should bring about `change`.
GrubDropIn with_change(GrubDropIn drop_in, const BootChange& change);

/// Where `change` was put into `drop_in` and the boot generated from that does not have it, since
/// the user's own files hold against it: what else the drop-in needs. Equal to `drop_in` where
/// nothing helps.
GrubDropIn with_more(GrubDropIn drop_in, const BootChange& change, const BootLines& generated);

}  // namespace xenlaunch
