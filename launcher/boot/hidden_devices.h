#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/pci_address.h"

namespace xenlaunch {

/// What `xen-pciback.hide=(BDF)(BDF)` on dom0's command line makes pciback take at boot, read as
/// pcistub_init of Linux drivers/xen/xen-pciback/pci_stub.c reads it: (SSSS:BB:DD.F), (BB:DD.F),
/// `*` for the function or for device and function, hexadecimal without fixed widths, spaces
/// between the groups. Of several such words Linux takes the last.
struct HiddenDevices {
  /// One group as it stands on the line, and the functions it covers.
  struct Group {
    std::string text;  ///< "(00:02.0)"
    unsigned segment{}, bus{};
    std::optional<unsigned> device, function;  ///< nullopt: any
    bool covers(const PciAddress& address) const;
    friend bool operator==(const Group&, const Group&) = default;
  };
  std::vector<Group> groups;
  /// The rest of the value from where pciback does not understand it, or where a number is out of
  /// range; it then refuses to load and hides nothing at all.
  std::optional<std::string> garbled;

  /// Whether pciback takes the function at boot: false for everything where `garbled`.
  bool hides(const PciAddress& address) const;
  friend bool operator==(const HiddenDevices&, const HiddenDevices&) = default;
};

HiddenDevices hidden_devices(std::string_view dom0_line);
HiddenDevices hidden_devices_in(std::string_view value);  ///< of the parameter's value

/// The parameter `hide` of xen-pciback, and where it stands.
struct HideWord {
  std::string value;          ///< "(0000:01:00.0)"
  std::string file{};         ///< a file of modprobe's; "" for dom0's command line
  std::size_t line = 0;       ///< in the file, from 1
  std::string place() const;  ///< "dom0's command line", "/etc/modprobe.d/x.conf:3"
  friend bool operator==(const HideWord&, const HideWord&) = default;
};

/// Whether `rd.qubes.hide_pci=BDF,BDF` has dracut give the function to pciback, as Qubes does
/// (qubes-pciback.sh of qubes-core-admin-linux): "BB:DD.F" or "SSSS:BB:DD.F". Of several such words
/// the last counts (getarg of dracut-lib.sh). Its paths ("00_01.1-00_00.0") are not followed.
bool qubes_hides(std::string_view dom0_line, const PciAddress& device);

/// The value of the `hide` word that counts, "" where there is none.
std::string hide_value(std::string_view dom0_line);

/// `value` with "(SSSS:BB:DD.F)" added at its end, unless a group of it covers the device already.
std::string with_hidden(std::string_view value, const PciAddress& device);

/// `value` without the groups that mean this one function alone, however they are written, and the
/// spaces behind those. Wildcards and everything else stay as they are, byte for byte.
std::string without_hidden(std::string_view value, const PciAddress& device);

/// The groups of `value`, as written, that without_hidden takes away.
std::vector<std::string> groups_of(std::string_view value, const PciAddress& device);

}  // namespace xenlaunch
