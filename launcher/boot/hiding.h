#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/pci_address.h"
#include "launcher/boot/boot_state.h"
#include "launcher/boot/hidden_devices.h"

namespace xenlaunch {

/// The parameter `hide` of such a boot: modprobe puts the command line behind what its files say
/// (kmod_config_new of kmod's libkmod/libkmod-config.c), and the last one counts. nullopt where
/// nothing sets it.
std::optional<HideWord> hide_word(const BootLines& boot);

/// A value of `hide` that pciback refuses: it does not load then.
struct GarbledHide {
  HideWord word;
  std::string garbled;  ///< what of the value it does not understand: "(0b::00.1)"
  bool now = false;     ///< this boot has it
  bool next = false;    ///< the next one has
  friend bool operator==(const GarbledHide&, const GarbledHide&) = default;
};

/// That of the next boot, or else of this one, unless the module was loaded with another value.
std::optional<GarbledHide> garbled_hide(const BootLines& running, const BootLines& next);

/// The same devices written as pciback takes them: "(0b:00.0)(0b:00.1)" for
/// "(0b:00.0)(0b::00.1)"; "" where that cannot be guessed.
std::string mended_hide(std::string_view value);

/// Clauses of a GarbledHide: what is wrong and where, and what to do.
std::string reason_of(const GarbledHide& hide);
std::string remedy_of(const GarbledHide& hide);

/// What hides the device in such a boot that no boot configuration of ours edits, and what to do by
/// hand to end that; "" where nothing does.
std::string hidden_by_hand(const BootLines& boot, const PciAddress& device);

/// Why the command line must not be given a `hide` for the device: a file of modprobe's has one
/// already, which that would put out of effect. "" where none has.
std::string hide_in_the_way(const BootLines& boot, const PciAddress& device);

}  // namespace xenlaunch
