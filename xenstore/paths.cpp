#include "xenstore/paths.h"

#include <fmt/format.h>

namespace xenlaunch {

std::string domain_path(std::string_view domid) {
  return fmt::format("{}/{}", domains_path, domid);
}

std::string domain_path(Domid domid) {
  return domain_path(std::to_string(domid));
}

std::string device_model_path(std::string_view domid) {
  return fmt::format("{}/device-model/{}", domain_path(Domid{0}), domid);
}

std::string backends_path(std::string_view kind) {
  return fmt::format("{}/backend/{}", domain_path(Domid{0}), kind);
}

std::string backend_path(std::string_view kind, std::string_view domid) {
  return fmt::format("{}/{}", backends_path(kind), domid);
}

std::string backend_errors_path(std::string_view kind, std::string_view domid) {
  return fmt::format("{}/error/backend/{}/{}", domain_path(Domid{0}), kind, domid);
}

std::string vnc_port_node(std::string_view domid) {
  return domain_path(domid) + "/console/vnc-port";
}

std::string vnc_listen_node(std::string_view domid) {
  return domain_path(domid) + "/console/vnc-listen";
}

std::string pci_record(const PciAddress& address) {
  return fmt::format("{}/{:04x}-{:02x}-{:02x}-{:x}", pci_records, address.segment, address.bus,
                     address.device, address.function);
}

std::optional<PciAddress> device_of_record(std::string name) {
  for (const char separator : {':', ':', '.'})
    if (const std::size_t dash = name.find('-'); dash != std::string::npos) name[dash] = separator;
  return PciAddress::parse(name);
}

}  // namespace xenlaunch
