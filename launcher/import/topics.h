#pragma once

#include <vector>

#include "base/pci_address.h"
#include "launcher/import/conversion.h"

// Each says of its keys what becomes of them, as xl_parse.c of Xen's tools/xl reads them, and puts
// into the VM file what they say there. docs/import.md has them all.

namespace xenlaunch {

void convert_kind(Conversion& c);         ///< type, builder
void convert_identity(Conversion& c);     ///< name, uuid
void convert_memory(Conversion& c);       ///< memory, maxmem
void convert_vcpus(Conversion& c);        ///< vcpus, maxvcpus
void convert_scheduling(Conversion& c);   ///< cpus, cpu_weight, cap
void convert_firmware(Conversion& c);     ///< bios, firmware, boot
void convert_direct_boot(Conversion& c);  ///< kernel, ramdisk, cmdline, root, extra
void convert_platform(Conversion& c);  ///< viridian, tsc_mode, hpet, nestedhvm, mmio_hole, hvm_pirq
std::vector<PciAddress> convert_pci(Conversion& c);                        ///< what is passed
void convert_video(Conversion& c, const std::vector<PciAddress>& passed);  ///< vga, gfx_passthru
void convert_disks(Conversion& c);                                         ///< disk, hdtype
void convert_nics(Conversion& c);                                          ///< vif
void convert_vnc(Conversion& c);           ///< vnc, vnclisten, vncdisplay, vncunused, keymap
void convert_usb(Conversion& c);           ///< usb, usbversion, usbdevice
void convert_serial(Conversion& c);        ///< serial
void convert_sound(Conversion& c);         ///< soundhw
void convert_clock(Conversion& c);         ///< localtime, rtc_timeoffset
void convert_device_model(Conversion& c);  ///< device_model_version, _override, _args
void convert_events(Conversion& c);        ///< on_poweroff, on_reboot, on_crash, on_watchdog

}  // namespace xenlaunch
