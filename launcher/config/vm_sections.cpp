#include "launcher/config/vm_sections.h"

#include <algorithm>

#include "launcher/config/first_lines.h"
#include "launcher/config/vm_values.h"

namespace xenlaunch {
namespace {

PciDeviceConfig read_pci_device(const Field& field, FirstLines<PciAddress>& first_lines) {
  PciDeviceConfig device;
  std::optional<Field> address = field;
  if (field.is_mapping()) {
    const MappingReader mapping{field, {"address", "expect", "permissive", "rdm_policy"}};
    address = mapping.require("address", "SSSS:BB:DD.F");
    read_into(device.expect, mapping.find("expect"), read_pci_id);
    read_into(device.permissive, mapping.find("permissive"),
              [](const Field& value) { return value.boolean(); });
    read_into(device.rdm_policy, mapping.find("rdm_policy"), [](const Field& value) {
      return value.choice<RdmPolicy>(
          {{"strict", RdmPolicy::strict}, {"relaxed", RdmPolicy::relaxed}});
    });
  }
  if (!address) return device;
  const std::optional<PciAddress> function = read_pci_address(*address);
  if (!function) return device;
  device.address = *function;
  first_lines.check(*function, function->to_string(), *address, "each function once");
  return device;
}

DiskConfig read_disk(const Field& field, FirstLines<std::string>& first_lines) {
  DiskConfig disk;
  const MappingReader mapping{field, {"image", "format", "type", "target"}};
  read_into(disk.image, mapping.require("image", "an absolute path"),
            [](const Field& value) { return value.absolute_path(); });
  const std::optional<Field> format = mapping.find("format");
  read_into(disk.format, format, [](const Field& value) {
    return value.choice<DiskFormat>({{"raw", DiskFormat::raw}, {"qcow2", DiskFormat::qcow2}});
  });
  read_into(disk.type, mapping.find("type"), [](const Field& value) {
    return value.choice<DiskType>({{"disk", DiskType::disk}, {"cdrom", DiskType::cdrom}});
  });
  if (disk.type == DiskType::cdrom && disk.format == DiskFormat::qcow2) {
    format->report("a cdrom cannot be qcow2", "raw");
  }
  const std::optional<Field> target = mapping.require("target", "hda, hdb, hdc or hdd");
  read_into(disk.target, target, read_disk_target);
  if (!disk.target.empty()) {
    first_lines.check(disk.target, disk.target, *target, "each target once");
  }
  return disk;
}

std::string name_of(BootDevice device) {
  switch (device) {
    case BootDevice::disk:
      return "disk";
    case BootDevice::cdrom:
      return "cdrom";
    case BootDevice::network:
      return "network";
  }
  return {};
}

std::optional<std::string> read_argument(const Field& field) {
  return field.text("a string");
}

std::optional<std::vector<std::string>> read_arguments(const Field& field) {
  const auto items = field.list("a list of strings");
  if (!items) return std::nullopt;
  std::vector<std::string> arguments;
  for (const Field& item : *items) {
    if (auto argument = read_argument(item)) arguments.push_back(std::move(*argument));
  }
  return arguments;
}

}  // namespace

std::vector<BootDevice> read_boot(const Field& field, const std::vector<NicConfig>& nics) {
  const std::string expectation = "a list of disk, cdrom and network";
  const auto items = field.list(expectation);
  if (!items) return {};
  if (items->empty()) field.report("is empty", expectation);
  std::vector<BootDevice> boot;
  FirstLines<BootDevice> first_lines;
  for (const Field& item : *items) {
    const auto device = item.choice<BootDevice>({{"disk", BootDevice::disk},
                                                 {"cdrom", BootDevice::cdrom},
                                                 {"network", BootDevice::network}});
    if (!device) continue;
    first_lines.check(*device, name_of(*device), item, "each device once");
    if (*device == BootDevice::network && std::ranges::none_of(nics, &NicConfig::can_boot))
      item.report("no network card can be booted from",
                  "one under nics, with a model other than none and without boot: false");
    boot.push_back(*device);
  }
  return boot;
}

std::vector<PciDeviceConfig> read_pci(const Field& field) {
  const auto items = field.list("a list of PCI functions");
  if (!items) return {};
  std::vector<PciDeviceConfig> devices;
  FirstLines<PciAddress> first_lines;
  for (const Field& item : *items) devices.push_back(read_pci_device(item, first_lines));
  return devices;
}

std::vector<DiskConfig> read_disks(const Field& field) {
  const auto items = field.list("a list of disks");
  if (!items) return {};
  std::vector<DiskConfig> disks;
  FirstLines<std::string> first_lines;
  for (const Field& item : *items) disks.push_back(read_disk(item, first_lines));
  return disks;
}

VncConfig read_vnc(const Field& field) {
  VncConfig vnc;
  const MappingReader mapping{field, {"listen"}};
  read_into(vnc.listen, mapping.require("listen", "an IPv4 or IPv6 address"), read_ip_address);
  return vnc;
}

DeviceModelConfig read_device_model(const Field& field) {
  DeviceModelConfig device_model;
  const MappingReader mapping{field, {"profile", "path", "extra_args"}};
  read_into(device_model.profile, mapping.find("profile"), [](const Field& value) {
    return value.choice<DeviceModelProfile>({{"upstream", DeviceModelProfile::upstream},
                                             {"traditional", DeviceModelProfile::traditional}});
  });
  read_into(device_model.path, mapping.find("path"),
            [](const Field& value) { return value.absolute_path(); });
  read_into(device_model.extra_args, mapping.find("extra_args"), read_arguments);
  return device_model;
}

void read_platform(const Field& field, VmConfig& config) {
  const MappingReader mapping{field, {"vga", "videoram", "hvm_pirq"}};
  read_into(config.platform_vga, mapping.find("vga"), [](const Field& value) {
    return value.choice<Vga>(
        {{"std", Vga::standard}, {"cirrus", Vga::cirrus}, {"none", Vga::none}});
  });
  read_into(config.videoram_mib, mapping.find("videoram"), read_videoram_mib);
  read_into(config.hvm_pirq, mapping.find("hvm_pirq"),
            [](const Field& value) { return value.boolean(); });
}

std::optional<DirectBoot> read_direct_boot(const MappingReader& vm) {
  DirectBoot boot;
  const std::optional<Field> kernel = vm.find("kernel");
  const std::optional<Field> initrd = vm.find("initrd");
  const std::optional<Field> cmdline = vm.find("cmdline");
  const auto read_path = [](const Field& value) { return value.absolute_path(); };
  read_into(boot.kernel, kernel, read_path);
  read_into(boot.initrd, initrd, read_path);
  read_into(boot.cmdline, cmdline, read_argument);
  if (kernel) return boot;
  for (const std::optional<Field>& part : {initrd, cmdline}) {
    if (part) part->report("is of no use without kernel", "kernel beside it");
  }
  return std::nullopt;
}

RestartLimitConfig read_restart_limit(const Field& field) {
  RestartLimitConfig limit;
  const MappingReader mapping{field, {"restarts", "seconds"}};
  read_into(limit.restarts, mapping.require("restarts", "a number from 0 to 1000"),
            [](const Field& value) { return value.integer(0, 1000); });
  read_into(limit.within, mapping.require("seconds", "a number from 1 to 86400"),
            [](const Field& value) -> std::optional<std::chrono::seconds> {
              const auto seconds = value.integer(1, 86400);
              if (!seconds) return std::nullopt;
              return std::chrono::seconds{*seconds};
            });
  return limit;
}

}  // namespace xenlaunch
