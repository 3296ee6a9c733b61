#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/pci_address.h"

// Specification strings of an xl configuration as libxlutil takes them, and words as libxl does.

namespace xenlaunch {

/// What libxlutil makes of a text, or what it says against it.
template <class Value>
struct XlAnswer {
  std::optional<Value> value{};
  std::string complaint{};  ///< printable; where there is no value
  friend bool operator==(const XlAnswer&, const XlAnswer&) = default;
};

struct XlDisk {
  std::string image;           ///< pdev_path; empty: no medium
  std::string target;          ///< vdev, as "hda"
  std::string format;          ///< libxl's name: "raw", "qcow2", "empty"
  std::string backend;         ///< libxl's name: "unknown" where it is not given
  std::string script;          ///< empty: none
  std::string backend_domain;  ///< empty: dom0
  bool cdrom = false;
  bool writable = true;
  bool direct_io_safe = false;
  bool colo = false;
  bool virtio = false;
  std::optional<bool> discard{};
  std::optional<bool> trusted{};
  friend bool operator==(const XlDisk&, const XlDisk&) = default;
};
XlAnswer<XlDisk> xl_disk(const std::string& spec);

struct XlPci {
  PciAddress address{};            ///< with `all_functions`: function 0
  bool all_functions = false;      ///< "01:00.*"
  std::optional<unsigned> slot{};  ///< of the guest, behind '@' or as vslot=
  std::optional<bool> relaxed{};   ///< rdm_policy
  bool permissive = false;
  std::string name{};  ///< of an assignable device, in place of an address
  friend bool operator==(const XlPci&, const XlPci&) = default;
};
/// A word that `spec` does not have keeps its value of `defaults`.
XlAnswer<XlPci> xl_pci(const std::string& spec, bool permissive);

/// nullopt for a rate that libxlutil takes, otherwise what it says.
std::optional<std::string> xl_rate_problem(const std::string& rate);

/// Whether libxlutil takes the value of rdm=.
bool xl_takes_rdm(const std::string& text);

enum class XlWord { bios, tsc_mode, timer_mode, gfx_passthru, viridian, hdtype };

/// `text` in libxl's own spelling: it does not tell upper from lower case. nullopt where it knows
/// no such word.
std::optional<std::string> xl_word(XlWord kind, const std::string& text);

/// The word that libxl has for a number; nullopt where it has none.
std::optional<std::string> xl_word(XlWord kind, long number);

}  // namespace xenlaunch
