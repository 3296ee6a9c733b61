#include "launcher/config/vm_reader.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>

#include "launcher/base/error.h"
#include "launcher/base/file_descriptor.h"
#include "launcher/config/vm_sections.h"
#include "launcher/config/vm_values.h"
#include "launcher/config/yaml_document.h"
#include "launcher/config/yaml_fields.h"
#include "launcher/config/yaml_text.h"

namespace xenlaunch {
namespace {

[[noreturn]] void throw_unreadable(const std::string& file, const std::string& reason) {
  throw Error{ExitCode::vm_file,
              fmt::format("cannot read VM file {}: {}", printable(file), reason)};
}

/// At most one byte more than a VM file may have: enough to refuse one that grew since fstat, or an
/// endless one.
std::string read_all(int fd, const std::string& file) {
  std::string text;
  std::array<char, 65536> buffer;
  while (text.size() <= max_vm_file_bytes) {
    const ssize_t count = ::read(fd, buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw_unreadable(file, errno_text(errno));
    if (count == 0) break;
    text.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return text;
}

std::string read_text(const std::string& file) {
  // Opening a FIFO would wait for a writer, and a terminal could become ours.
  const FileDescriptor fd{::open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)};
  if (fd.get() < 0) throw_unreadable(file, errno_text(errno));
  struct stat status {};
  if (::fstat(fd.get(), &status) != 0) throw_unreadable(file, errno_text(errno));
  if (S_ISDIR(status.st_mode)) throw_unreadable(file, errno_text(EISDIR));
  if (!S_ISREG(status.st_mode)) throw_unreadable(file, "it is not a regular file");
  if (status.st_size > static_cast<off_t>(max_vm_file_bytes)) {
    throw_unreadable(file,
                     fmt::format("it is {} bytes large; expected at most 1 MiB", status.st_size));
  }
  return read_all(fd.get(), file);
}

void read_events(const MappingReader& vm, VmConfig& config) {
  read_into(config.on_poweroff, vm.find("on_poweroff"), read_on_event);
  read_into(config.on_reboot, vm.find("on_reboot"), read_on_event);
  read_into(config.on_crash, vm.find("on_crash"), read_on_event);
}

VmConfig read_vm(const Field& root) {
  const MappingReader vm{
      root, {"name",   "uuid",    "memory",       "vcpus",       "firmware",  "boot",    "kernel",
             "initrd", "cmdline", "platform",     "video_card",  "pci",       "disks",   "nics",
             "vnc",    "serial",  "device_model", "on_poweroff", "on_reboot", "on_crash"}};
  VmConfig config;
  read_into(config.name, vm.require("name", name_expectation), read_name);
  read_into(config.uuid, vm.find("uuid"), read_uuid);
  read_into(config.memory_mib, vm.require("memory", memory_expectation), read_memory_mib);
  read_into(config.vcpus, vm.find("vcpus"), [](const Field& f) { return f.integer(1, 128); });
  read_into(config.firmware, vm.find("firmware"), [](const Field& field) {
    return field.choice<Firmware>({{"seabios", Firmware::seabios}}, {"ovmf"});
  });
  read_into(config.video_card, vm.find("video_card"), [](const Field& field) {
    return field.choice<VideoCard>({{"IGD_passthrough", VideoCard::igd_passthrough},
                                    {"Standard_VGA", VideoCard::standard_vga},
                                    {"Cirrus", VideoCard::cirrus},
                                    {"None", VideoCard::none}});
  });
  read_into(config.serial, vm.find("serial"), read_serial);
  if (const auto field = vm.find("boot")) config.boot = read_boot(*field);
  config.direct_boot = read_direct_boot(vm);
  if (const auto field = vm.find("platform")) read_platform(*field, config);
  if (const auto field = vm.find("pci")) config.pci = read_pci(*field);
  if (const auto field = vm.find("disks")) config.disks = read_disks(*field);
  if (const auto field = vm.find("nics")) refuse_nics(*field);
  if (const auto field = vm.find("vnc")) config.vnc = read_vnc(*field);
  if (const auto field = vm.find("device_model")) config.device_model = read_device_model(*field);
  read_events(vm, config);
  return config;
}

}  // namespace

VmConfig read_vm_file(const std::filesystem::path& path) {
  return parse_vm_file(read_text(path.string()), path.string());
}

VmConfig parse_vm_file(std::string_view text, const std::string& file) {
  Problems problems;
  text = without_byte_order_mark(text);
  check_yaml_text(text, problems);
  problems.throw_if_any(file);
  const std::optional<YamlNode> root = parse_yaml(text, problems);
  VmConfig config;
  if (root) config = read_vm(Field{*root, "", problems});
  problems.throw_if_any(file);
  return config;
}

}  // namespace xenlaunch
