#include "devicemodel/qemu_args.h"

#include "devicemodel/qemu_disk_args.h"
#include "devicemodel/qemu_screen_args.h"
#include "devicemodel/qemu_usb_args.h"

#include <fmt/format.h>

#include <algorithm>
#include <initializer_list>

#include "devicemodel/qemu_user.h"

namespace xenlaunch {
namespace {

using Argv = std::vector<std::string>;

void add(Argv& argv, std::initializer_list<std::string> words) {
  argv.insert(argv.end(), words);
}

std::string boot_order(const std::vector<BootDevice>& boot) {
  std::string order;
  for (const BootDevice device : boot) {
    switch (device) {
      case BootDevice::disk:
        order += 'c';
        break;
      case BootDevice::cdrom:
        order += 'd';
        break;
      case BootDevice::network:
        order += 'n';
        break;
    }
  }
  return order;
}

void add_direct_boot(Argv& argv, const DeviceModelSpec& spec) {
  if (!spec.direct_boot) return;
  add(argv, {"-kernel", spec.direct_boot->kernel});
  if (spec.direct_boot->initrd) add(argv, {"-initrd", *spec.direct_boot->initrd});
  if (spec.direct_boot->cmdline) add(argv, {"-append", *spec.direct_boot->cmdline});
}

void add_serial(Argv& argv, const SerialConfig& serial) {
  switch (serial.kind) {
    case SerialConfig::Kind::none:
      return;
    case SerialConfig::Kind::pty:
      add(argv, {"-chardev", "pty,id=serial0", "-serial", "chardev:serial0"});
      return;
    case SerialConfig::Kind::file:
      // Appended to, so that its content can be taken away while QEMU writes.
      add(argv, {"-chardev", "file,id=serial0,append=on,path=" + qemu_value(serial.path), "-serial",
                 "chardev:serial0"});
      return;
    case SerialConfig::Kind::unix_socket:
      add(argv, {"-chardev", "socket,id=serial0,server=on,wait=off,path=" + qemu_value(serial.path),
                 "-serial", "chardev:serial0"});
      return;
  }
}

/// Not by -mon, which QEMU 11 calls deprecated on its standard error.
void add_qmp(Argv& argv, const std::string& socket) {
  add(argv, {"-qmp", qmp_option(socket)});
}

void add_emulated_card(Argv& argv, const DeviceModelSpec& spec) {
  const std::string tail = fmt::format(",addr={:02x}.0", emulated_card_slot);
  switch (spec.video_card) {
    case VideoCard::standard_vga:
      add(argv, {"-device", fmt::format("VGA,vgamem_mb={}{}", spec.videoram_mib, tail)});
      return;
    case VideoCard::cirrus:
      add(argv, {"-device", fmt::format("cirrus-vga,vgamem_mb={}{}", spec.videoram_mib, tail)});
      return;
    case VideoCard::igd_passthrough:
    case VideoCard::none:
      return;
  }
}

std::string machine(const DeviceModelSpec& spec) {
  std::string machine = "xenfv,suppress-vmdesc=on";
  if (spec.mmio_hole_mib != default_mmio_hole_mib)
    machine += fmt::format(",max-ram-below-4g={}", (4096 - spec.mmio_hole_mib) << 20);
  if (spec.video_card == VideoCard::igd_passthrough) machine += ",igd-passthru=on";
  return machine;
}

/// The id is libxl's (PCI_PT_QDEV_ID), so that `xl pci-detach` and `xl destroy` find the device;
/// the segment is added where it is not 0, or two devices could share an id.
std::string passthrough_id(const PciAddress& host) {
  const std::string id =
      fmt::format("pci-pt-{:02x}_{:02x}.{:x}", host.bus, host.device, host.function);
  return host.segment == 0 ? id : fmt::format("{}_{:04x}", id, host.segment);
}

void add_passthrough(Argv& argv, const PassthroughSpec& device) {
  add(argv,
      {"-device", fmt::format("xen-pci-passthrough,id={},hostaddr={},addr={:02x}.{:x}{}{}",
                              passthrough_id(device.host), device.host.to_string(), device.slot,
                              device.function, device.multifunction ? ",multifunction=on" : "",
                              device.permissive ? ",permissive=on" : "")});
}

std::string qemu_name(NicModel model) {
  switch (model) {
    case NicModel::rtl8139:
      return "rtl8139";
    case NicModel::e1000:
      return "e1000";
    case NicModel::e1000e:
      return "e1000e";
    case NicModel::virtio:
      return "virtio-net-pci";
    case NicModel::none:
      break;
  }
  return {};
}

/// Where QEMU is not given the tap device it makes it; the script that libxl runs afterwards puts
/// it on the bridge.
std::string tap_options(const DeviceModelSpec& spec, const EmulatedNic& nic,
                        const std::string& domid) {
  if (spec.handed_taps) return fmt::format("fd={}", handed_tap(nic.index));
  return fmt::format("ifname={},br={},script=no,downscript=no", tap_name(domid, nic.index),
                     qemu_value(nic.bridge));
}

void add_nic(Argv& argv, const DeviceModelSpec& spec, const EmulatedNic& nic,
             const std::string& domid) {
  add(argv, {"-netdev", fmt::format("tap,id=net{},{}", nic.index, tap_options(spec, nic, domid)),
             "-device",
             fmt::format("{},id=nic{},netdev=net{},mac={},addr={:02x}.0{}", qemu_name(nic.model),
                         nic.index, nic.index, nic.mac.to_string(), nic.slot,
                         nic.has_boot_rom ? "" : ",romfile=")});
}

void add_user(Argv& argv, const QemuUsers& users, const std::string& domid) {
  const std::string id = user_text(users.first, domid);
  const std::string root = qemu_root(domid);
  if (users.option == UserOption::run_with)
    add(argv, {"-run-with", fmt::format("chroot={},user={}:{}", root, id, id)});
  else
    add(argv, {"-chroot", root, "-runas", fmt::format("{}:{}", id, id)});
}

Argv upstream_argv(const DeviceModelSpec& spec, const std::string& domid) {
  Argv argv{spec.path, "-xen-domid", domid, "-no-shutdown"};
  add_qmp(argv, xl_qmp_socket(domid));
  add_qmp(argv, qmp_socket(domid));
  add(argv, {"-nodefaults", "-no-user-config", "-name", "guest=" + qemu_value(spec.guest_name)});
  add_screen(argv, spec);
  add_direct_boot(argv, spec);
  add_serial(argv, spec.serial);
  add_emulated_card(argv, spec);
  add(argv, {"-boot", "order=" + boot_order(spec.boot)});
  if (spec.vcpus > 1) add(argv, {"-smp", fmt::format("{0},maxcpus={0}", spec.vcpus)});
  add(argv, {"-net", "none", "-machine", machine(spec), "-m", fmt::format("{}M", spec.ram_mib)});
  add_disks(argv, spec);
  for (const EmulatedNic& nic : spec.nics) add_nic(argv, spec, nic, domid);
  for (const PassthroughSpec& device : spec.passthrough) add_passthrough(argv, device);
  add_usb(argv, spec.usb);
  add_sound(argv, spec);
  if (spec.disk_server == DiskServer::none) add_handed_images(argv, spec);
  if (spec.restricted) add(argv, {"-xen-domid-restrict"});
  if (spec.users) add_user(argv, *spec.users, domid);
  argv.insert(argv.end(), spec.extra_args.begin(), spec.extra_args.end());
  return argv;
}

/// A path after "file:" or "unix:" ends at the first comma only for unix sockets, which take
/// options.
std::string traditional_serial(const SerialConfig& serial) {
  switch (serial.kind) {
    case SerialConfig::Kind::file:
      return "file:" + serial.path;
    case SerialConfig::Kind::unix_socket:
      return "unix:" + serial.path + ",server,nowait";
    case SerialConfig::Kind::pty:
    case SerialConfig::Kind::none:
      break;
  }
  return serial.kind == SerialConfig::Kind::pty ? "pty" : "null";
}

Argv traditional_argv(const DeviceModelSpec& spec, const std::string& domid) {
  Argv argv{spec.path, "-d", domid, "-domain-name", spec.guest_name};
  if (spec.vnc) add(argv, {"-vnc", spec.vnc->listen + ":0", "-vncunused"});
  if (!spec.vnc) add(argv, {"-nographic"});
  add_direct_boot(argv, spec);
  add(argv,
      {"-serial", traditional_serial(spec.serial), "-videoram", std::to_string(spec.videoram_mib)});
  switch (spec.video_card) {
    case VideoCard::igd_passthrough:
      add(argv, {"-std-vga", "-gfx_passthru"});
      break;
    case VideoCard::standard_vga:
      add(argv, {"-std-vga"});
      break;
    case VideoCard::none:
      add(argv, {"-vga", "none"});
      break;
    case VideoCard::cirrus:
      break;
  }
  add(argv, {"-boot", boot_order(spec.boot), "-acpi", "-vcpus", std::to_string(spec.vcpus)});
  add(argv, {"-net", "none", "-m", std::to_string(spec.ram_mib), "-M", "xenfv"});
  argv.insert(argv.end(), spec.extra_args.begin(), spec.extra_args.end());
  return argv;
}

}  // namespace

std::string qemu_value(std::string_view text) {
  std::string escaped;
  for (const char c : text) escaped.append(c == ',' ? 2 : 1, c);
  return escaped;
}

std::string qmp_option(const std::string& socket) {
  return "unix:" + qemu_value(socket) + ",server=on,wait=off";
}

std::string resource_view(const std::string& domid) {
  return "/var/run/xen/resource-xenlaunch-" + domid;
}

std::string device_view(const std::string& domid) {
  return "/var/run/xen/device-xenlaunch-" + domid;
}

std::string screen_dump(const std::string& domid) {
  return "/var/run/xen/screen-xenlaunch-" + domid;
}

int handed_tap(unsigned index) {
  constexpr int above_the_images = 768;
  return above_the_images + static_cast<int>(index);
}

std::string xl_qmp_socket(const std::string& domid) {
  return "/var/run/xen/qmp-libxl-" + domid;
}

std::string qmp_socket(const std::string& domid) {
  return "/var/run/xen/qmp-xenlaunch-" + domid;
}

std::vector<std::string> disk_server_argv(const DeviceModelSpec& spec, const std::string& domid) {
  Argv argv{spec.path,    "-machine", disk_server_machine, std::string{"-"} + disk_server_option,
            "-xen-domid", domid};
  add(argv, {"-nodefaults", "-no-user-config", "-name",
             "guest=" + qemu_value(spec.guest_name + " disks"), "-display", "none"});
  add_handed_images(argv, spec);
  if (spec.users && spec.disk_server == DiskServer::own_user) add_user(argv, *spec.users, domid);
  return argv;
}

std::vector<std::string> device_model_argv(const DeviceModelSpec& spec, const std::string& domid) {
  return spec.profile == DeviceModelProfile::traditional ? traditional_argv(spec, domid)
                                                         : upstream_argv(spec, domid);
}

}  // namespace xenlaunch
