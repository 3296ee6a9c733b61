#include "launcher/config/vm_sections.h"

#include <algorithm>
#include <charconv>

#include "devicemodel/device_model_spec.h"
#include "launcher/config/first_lines.h"
#include "launcher/config/vm_values.h"

namespace xenlaunch {
namespace {

/// "06" to "1e".
std::optional<std::uint8_t> read_slot(const Field& field) {
  const std::string expectation = "two hex digits in quotes, from 06 to 1e";
  const std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  unsigned slot = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), slot, 16);
  const bool is_hex = error == std::errc{} && end == text->data() + text->size();
  if (is_hex && text->size() == 2 && slot >= first_free_slot && slot <= last_free_slot)
    return static_cast<std::uint8_t>(slot);
  field.report(in_quotes(*text) + " is no slot for a passed device", expectation);
  return std::nullopt;
}

/// What of a list is to be there once.
struct PciOnce {
  FirstLines<PciAddress> addresses;
  FirstLines<std::uint8_t> slots;
};

std::optional<PciSelect> read_select(const Field& field) {
  PciSelect select;
  const MappingReader mapping{field, {"id", "class", "numa"}};
  const std::optional<Field> id = mapping.find("id");
  const std::optional<Field> kind = mapping.find("class");
  const std::optional<Field> numa = mapping.find("numa");
  read_into(select.id, id, read_pci_id);
  read_into(select.gpu, kind, [](const Field& value) {
    return value.choice<bool>({{"gpu", true}});
  });
  read_into(select.numa, numa, [](const Field& value) { return value.integer(0, 63); });
  if (field.is_mapping() && !id && !kind && !numa)
    field.report("says nothing of the device", "id, class or numa");
  return select;
}

/// The address, where it is given; else `device` says what it is chosen by.
std::optional<Field> read_which(const Field& field, const MappingReader& mapping,
                                PciDeviceConfig& device) {
  const std::optional<Field> address = mapping.find("address");
  const std::optional<Field> select = mapping.find("select");
  const std::optional<Field> expect = mapping.find("expect");
  read_into(device.expect, expect, read_pci_id);
  read_into(device.select, select, read_select);
  if (select && address) address->report("goes not with select", "one of the two");
  if (select && expect) expect->report("goes not with select", "select.id");
  if (!select && !address) field.report("names no device", "address or select");
  return address;
}

/// As Linux drivers/pci/pci.c names them (pci_reset_fn_methods).
std::optional<std::string> read_reset_method(const Field& field) {
  return field.choice<std::string>({{"flr", "flr"},
                                    {"af_flr", "af_flr"},
                                    {"pm", "pm"},
                                    {"bus", "bus"},
                                    {"cxl_bus", "cxl_bus"},
                                    {"acpi", "acpi"},
                                    {"device_specific", "device_specific"}});
}

PciDeviceConfig read_pci_device(const Field& field, PciOnce& once) {
  PciDeviceConfig device;
  std::optional<Field> address = field;
  if (field.is_mapping()) {
    const MappingReader mapping{
        field,
        {"address", "select", "expect", "permissive", "rdm_policy", "functions", "slot", "reset",
         "strict_reset", "optional", "romfile"}};
    address = read_which(field, mapping, device);
    read_into(device.permissive, mapping.find("permissive"),
              [](const Field& value) { return value.boolean(); });
    read_into(device.rdm_policy, mapping.find("rdm_policy"), [](const Field& value) {
      return value.choice<RdmPolicy>(
          {{"strict", RdmPolicy::strict}, {"relaxed", RdmPolicy::relaxed}});
    });
    read_into(device.all_functions, mapping.find("functions"), [](const Field& value) {
      return value.choice<bool>({{"all", true}});
    });
    const std::optional<Field> slot = mapping.find("slot");
    read_into(device.slot, slot, read_slot);
    if (device.slot) once.slots.check(*device.slot, "the slot", *slot, "each slot once");
    read_into(device.optional, mapping.find("optional"),
              [](const Field& value) { return value.boolean(); });
    read_into(device.strict_reset, mapping.find("strict_reset"),
              [](const Field& value) { return value.boolean(); });
    read_into(device.reset, mapping.find("reset"), read_reset_method);
    read_into(device.romfile, mapping.find("romfile"),
              [](const Field& value) { return value.absolute_path(); });
  }
  if (!address) return device;
  const std::optional<PciAddress> function = read_pci_address(*address);
  if (!function) return device;
  device.address = *function;
  once.addresses.check(*function, function->to_string(), *address, "each function once");
  return device;
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
  PciOnce once;
  for (const Field& item : *items) devices.push_back(read_pci_device(item, once));
  return devices;
}

namespace {

ResourceLimits read_limits(const Field& field) {
  constexpr std::uint64_t least_memory = 64;  // MiB; a QEMU takes some tens
  constexpr std::uint64_t most_memory = std::uint64_t{1} << 20;
  constexpr unsigned least_tasks = 64;
  constexpr unsigned most_tasks = 1U << 22;  // PID_MAX_LIMIT of Linux
  constexpr unsigned greatest_weight = 10000;
  ResourceLimits limits;
  const MappingReader mapping{field, {"memory", "tasks", "cpu_weight"}};
  read_into(limits.memory_mib, mapping.find("memory"),
            [](const Field& value) { return read_mib(value, least_memory, most_memory); });
  read_into(limits.tasks, mapping.find("tasks"),
            [](const Field& value) { return value.integer(least_tasks, most_tasks); });
  read_into(limits.cpu_weight, mapping.find("cpu_weight"),
            [](const Field& value) { return value.integer(1, greatest_weight); });
  return limits;
}

}  // namespace

DeviceModelConfig read_device_model(const Field& field) {
  DeviceModelConfig device_model;
  const MappingReader mapping{field,
                              {"profile", "path", "extra_args", "confined", "user", "restricted",
                               "control_group", "limits"}};
  read_into(device_model.profile, mapping.find("profile"), [](const Field& value) {
    return value.choice<DeviceModelProfile>({{"upstream", DeviceModelProfile::upstream},
                                             {"traditional", DeviceModelProfile::traditional}});
  });
  read_into(device_model.path, mapping.find("path"),
            [](const Field& value) { return value.absolute_path(); });
  read_into(device_model.extra_args, mapping.find("extra_args"), read_arguments);
  read_into(device_model.confined, mapping.find("confined"),
            [](const Field& value) { return value.boolean(); });
  read_into(device_model.user, mapping.find("user"), [](const Field& value) {
    return value.choice<QemuUser>({{"own", QemuUser::own}, {"root", QemuUser::root}});
  });
  read_into(device_model.restricted, mapping.find("restricted"),
            [](const Field& value) { return value.boolean(); });
  read_into(device_model.control_group, mapping.find("control_group"),
            [](const Field& value) { return value.boolean(); });
  if (const auto limits = mapping.find("limits")) device_model.limits = read_limits(*limits);
  return device_model;
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
