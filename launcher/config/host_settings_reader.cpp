#include "launcher/config/host_settings_reader.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "launcher/config/first_lines.h"
#include "launcher/config/yaml_fields.h"
#include "launcher/config/yaml_file.h"

namespace xenlaunch {
namespace {

constexpr YamlFileKind host_settings_kind{.name = "host settings",
                                          .error = ExitCode::host,
                                          .nesting = "host settings, which need 2",
                                          .smallest = ""};

/// Plain or in quotes: four digits without quotes are an integer to other YAML readers, not here.
std::optional<std::uint16_t> read_vendor(const Field& field) {
  const std::string expectation = "four hexadecimal digits such as \"8086\"";
  const std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  const std::string name = xenlaunch::in_quotes(*text);  // <filesystem> brings in std::quoted
  std::uint16_t vendor = 0;
  const char* end = text->data() + text->size();
  const auto [stop, error] = std::from_chars(text->data(), end, vendor, 16);
  if (text->size() != 4 || error != std::errc{} || stop != end) {
    field.report(name + " is not a vendor id", expectation);
    return std::nullopt;
  }
  // What reads give where no device answers (pci_bus_generic_read_dev_vendor_id of Linux
  // drivers/pci/probe.c).
  if (vendor == 0 || vendor == 0xffff) {
    field.report(name + " is no vendor's", "the id of a vendor");
    return std::nullopt;
  }
  return vendor;
}

std::optional<std::vector<std::uint16_t>> read_vendors(const Field& field) {
  const auto items = field.list("a list of PCI vendor ids");
  if (!items) return std::nullopt;
  std::vector<std::uint16_t> vendors;
  FirstLines<std::uint16_t> first_lines;
  for (const Field& item : *items) {
    const std::optional<std::uint16_t> vendor = read_vendor(item);
    if (!vendor) continue;
    first_lines.check(*vendor, fmt::format("{:04x}", *vendor), item, "each vendor once");
    vendors.push_back(*vendor);
  }
  return vendors;
}

void read_paths(const Field& field, HostSettings& settings) {
  const MappingReader paths{
      field, {"qemu", "qemu_traditional", "hvmloader", "seabios", "ovmf", "xen_cmdline"}};
  const auto read_path = [](const Field& value) { return value.absolute_path(); };
  read_into(settings.qemu, paths.find("qemu"), read_path);
  read_into(settings.qemu_traditional, paths.find("qemu_traditional"), read_path);
  read_into(settings.hvmloader, paths.find("hvmloader"), read_path);
  read_into(settings.seabios, paths.find("seabios"), read_path);
  read_into(settings.ovmf, paths.find("ovmf"), read_path);
  read_into(settings.xen_cmdline, paths.find("xen_cmdline"), read_path);
}

std::optional<std::vector<std::string>> read_folders(const Field& field) {
  const auto items = field.list("a list of folders");
  if (!items) return std::nullopt;
  std::vector<std::string> folders;
  for (const Field& item : *items)
    if (auto folder = item.absolute_path()) folders.push_back(*std::move(folder));
  return folders;
}

HostSettings read_settings(const Field& root) {
  const MappingReader host{root,
                           {"integrated_vendors", "system_display_vendors", "return_without_reset",
                            "trusted_folders", "first_qemu_user", "paths"}};
  HostSettings settings;
  read_into(settings.integrated_vendors, host.find("integrated_vendors"), read_vendors);
  read_into(settings.system_display_vendors, host.find("system_display_vendors"), read_vendors);
  read_into(settings.return_without_reset, host.find("return_without_reset"),
            [](const Field& value) {
              return value.choice<WithoutReset>(
                  {{"pciback", WithoutReset::pciback}, {"driver", WithoutReset::driver}});
            });
  read_into(settings.trusted_folders, host.find("trusted_folders"), read_folders);
  read_into(settings.first_qemu_user, host.find("first_qemu_user"), [](const Field& value) {
    return value.integer(least_first_qemu_user, greatest_first_qemu_user);
  });
  if (const auto field = host.find("paths")) read_paths(*field, settings);
  return settings;
}

}  // namespace

HostSettings read_host_settings(const std::filesystem::path& file) {
  const std::optional<std::string> text = read_yaml_file(file.string(), host_settings_kind);
  return text ? parse_host_settings(*text, file.string()) : HostSettings{};
}

HostSettings parse_host_settings(std::string_view text, const std::string& file) {
  HostSettings settings;
  parse_yaml_file(text, file, host_settings_kind,
                  [&settings](const Field& root) { settings = read_settings(root); });
  return settings;
}

}  // namespace xenlaunch
