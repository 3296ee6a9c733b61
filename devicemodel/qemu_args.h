#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "devicemodel/device_model_spec.h"

namespace xenlaunch {

/// The size of the hole below 4 GiB that QEMU's xenfv machine and hvmloader assume unless told
/// otherwise (HVM_BELOW_4G_MMIO_LENGTH in xen/include/public/hvm/e820.h).
inline constexpr std::uint64_t default_mmio_hole_mib = 256;

/// The emulated card's slot: one of QEMU's choice would shift with what else is there; 02.0 is the
/// integrated GPU's, and 03.0 may be xen-platform's.
inline constexpr std::uint8_t emulated_card_slot = 0x04;

/// The device model's command line, program first. `domid` is the domain's id, or the word that
/// stands in for it. Pure: equal inputs give equal vectors. Follows
/// libxl__build_device_model_args_new (profile upstream) and libxl__build_device_model_args_old
/// (profile traditional) in tools/libs/light/libxl_dm.c, but for the passed devices, which upstream
/// QEMU is given here instead of by QMP.
std::vector<std::string> device_model_argv(const DeviceModelSpec& spec, const std::string& domid);

/// The command line of a QEMU that does nothing but serve the paravirtual disks of the guest, of
/// which xenstore tells it; it gets the images as descriptors (handed_images), and may be the same
/// user as the device model, in a root of its own (disk_server). As the one of
/// libxl__spawn_qdisk_backend in that file, from Xen 4.19 on libxl__spawn_qemu_xenpv_backend.
std::vector<std::string> disk_server_argv(const DeviceModelSpec& spec, const std::string& domid);

/// The machine that such a QEMU has; the option by which it takes up a domain that is there.
inline constexpr const char* disk_server_machine = "xenpv";
inline constexpr const char* disk_server_option = "xen-attach";

/// `text` as the value of a QEMU option: QEMU splits options at commas; a literal comma is written
/// twice.
std::string qemu_value(std::string_view text);

/// The value of -qmp for a socket on which QEMU listens.
std::string qmp_option(const std::string& socket);

/// The descriptor by which QEMU has the tap device of the guest's network card number `index`
/// (DeviceModelSpec::handed_taps). As all that it is given it is below 1024: who starts us may
/// have no more.
int handed_tap(unsigned index);

/// Where QEMU for domain `domid` listens for QMP. The first is where the xl tools look.
std::string xl_qmp_socket(const std::string& domid);
std::string qmp_socket(const std::string& domid);

/// Where QEMU for domain `domid` writes a picture of the screen.
std::string screen_dump(const std::string& domid);

/// The file that QEMU for domain `domid` sees as the `resource` of its integrated GPU.
std::string resource_view(const std::string& domid);

/// Where the folder is put together that QEMU for domain `domid` sees as its integrated GPU's.
std::string device_view(const std::string& domid);

}  // namespace xenlaunch
