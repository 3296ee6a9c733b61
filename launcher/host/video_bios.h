#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/pci_address.h"

namespace xenlaunch {

/// A video BIOS of the user's, or why a file holds none that an integrated GPU can be passed with.
struct VideoBios {
  std::string image{};    ///< filled up to a power of two, which QEMU wants; empty: there is none
  PciId id{};             ///< the device that it says it is for
  std::string problem{};  ///< a clause, where there is no image: "it does not begin with 55 aa"
  friend bool operator==(const VideoBios&, const VideoBios&) = default;
};

/// The image for a PC's BIOS among those in the bytes of an expansion ROM (PCI Firmware
/// Specification 3.0, 5.1). QEMU copies it to 0xc0000 in the guest, and reads the low byte alone of
/// where the image says which device it is for (xen_pt_setup_vga of hw/xen/xen_pt_graphics.c).
VideoBios find_video_bios(std::string_view rom);

/// The same of a file.
VideoBios read_video_bios(const std::string& path);

}  // namespace xenlaunch
