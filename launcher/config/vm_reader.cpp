#include "launcher/config/vm_reader.h"

#include <cerrno>

#include "base/error.h"
#include "launcher/config/vm_platform.h"
#include "launcher/config/vm_screen.h"
#include "launcher/config/vm_sections.h"
#include "launcher/config/vm_usb.h"
#include "launcher/config/vm_values.h"
#include "launcher/config/yaml_fields.h"
#include "launcher/config/yaml_file.h"

namespace xenlaunch {
namespace {

constexpr YamlFileKind vm_file_kind{.name = "VM file",
                                    .error = ExitCode::vm_file,
                                    .nesting = "a VM file, which needs 3",
                                    .smallest = "a mapping with at least name and memory"};

void read_events(const MappingReader& vm, VmConfig& config) {
  read_into(config.on_poweroff, vm.find("on_poweroff"), read_on_event);
  read_into(config.on_reboot, vm.find("on_reboot"), read_on_event);
  read_into(config.on_crash, vm.find("on_crash"), read_on_event);
  if (const auto field = vm.find("restart_limit"))
    config.restart_limit = read_restart_limit(*field);
}

VmConfig read_vm(const Field& root) {
  const MappingReader vm{
      root,
      {"name",   "uuid",    "memory",       "vcpus",       "firmware",  "boot",     "kernel",
       "initrd", "cmdline", "platform",     "video_card",  "pci",       "disks",    "nics",
       "vnc",    "serial",  "device_model", "on_poweroff", "on_reboot", "on_crash", "restart_limit",
       "clock",  "cpu",     "spice",        "sound",       "usb",       "tpm"}};
  VmConfig config;
  read_into(config.name, vm.require("name", name_expectation), read_name);
  read_into(config.uuid, vm.find("uuid"), read_uuid);
  read_into(config.memory_mib, vm.require("memory", memory_expectation), read_memory_mib);
  read_into(config.vcpus, vm.find("vcpus"), [](const Field& f) { return f.integer(1, 128); });
  read_into(config.firmware, vm.find("firmware"), [](const Field& field) {
    return field.choice<Firmware>({{"seabios", Firmware::seabios}, {"ovmf", Firmware::ovmf}});
  });
  read_into(config.video_card, vm.find("video_card"), [](const Field& field) {
    return field.choice<VideoCard>({{"IGD_passthrough", VideoCard::igd_passthrough},
                                    {"Standard_VGA", VideoCard::standard_vga},
                                    {"Cirrus", VideoCard::cirrus},
                                    {"None", VideoCard::none}});
  });
  read_into(config.serial, vm.find("serial"), read_serial);
  if (const auto field = vm.find("nics")) config.nics = read_nics(*field);
  if (const auto field = vm.find("boot")) config.boot = read_boot(*field, config.nics);
  config.direct_boot = read_direct_boot(vm);
  if (const auto field = vm.find("platform")) read_platform(*field, config);
  if (const auto field = vm.find("clock")) config.clock = read_clock(*field);
  if (const auto field = vm.find("cpu")) config.cpu = read_cpu(*field, config.vcpus);
  if (const auto field = vm.find("pci")) config.pci = read_pci(*field);
  if (const auto field = vm.find("disks")) config.disks = read_disks(*field);
  if (const auto field = vm.find("vnc")) config.vnc = read_vnc(*field);
  if (const auto field = vm.find("spice")) config.spice = read_spice(*field);
  read_into(config.sound, vm.find("sound"), read_sound);
  if (const auto field = vm.find("tpm")) config.tpm = read_tpm(*field);
  if (const auto field = vm.find("usb")) config.usb = read_usb(*field);
  if (const auto field = vm.find("device_model")) config.device_model = read_device_model(*field);
  read_events(vm, config);
  return config;
}

}  // namespace

VmConfig read_vm_file(const std::filesystem::path& path) {
  return parse_vm_file(read_vm_file_text(path), path.string());
}

std::string read_vm_file_text(const std::filesystem::path& path) {
  std::optional<std::string> text = read_yaml_file(path.string(), vm_file_kind);
  if (!text) throw_unreadable(path.string(), vm_file_kind, errno_text(ENOENT));
  return *std::move(text);
}

VmConfig parse_vm_file(std::string_view text, const std::string& file) {
  VmConfig config;
  parse_yaml_file(text, file, vm_file_kind,
                  [&config](const Field& root) { config = read_vm(root); });
  return config;
}

std::vector<FileProblem> problems_of_vm_file(std::string_view text) {
  Problems problems;
  read_yaml_text(text, vm_file_kind, problems, read_vm);
  return problems.all();
}

}  // namespace xenlaunch
