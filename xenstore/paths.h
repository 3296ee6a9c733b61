#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/domid.h"
#include "base/pci_address.h"

// Where things are in xenstore, as docs/misc/xenstore-paths.pandoc of Xen has it and libxl. A
// domain id is text here where it may be one that is not known yet.

namespace xenlaunch {

/// Below it each domain has a folder, named by its id.
inline constexpr const char* domains_path = "/local/domain";

/// "/local/domain/DOMID"
std::string domain_path(std::string_view domid);
std::string domain_path(Domid domid);

/// "/local/domain/0/device-model/DOMID": what QEMU and its launcher tell each other.
std::string device_model_path(std::string_view domid);

/// "/local/domain/0/backend/KIND"
std::string backends_path(std::string_view kind);

/// "/local/domain/0/backend/KIND/DOMID"
std::string backend_path(std::string_view kind, std::string_view domid);

/// "/local/domain/0/error/backend/KIND/DOMID", where dom0's kernel says what it met, in
/// DEVICE/error.
std::string backend_errors_path(std::string_view kind, std::string_view domid);

/// Where `xl vncviewer` looks for the TCP port of the guest's screen.
std::string vnc_port_node(std::string_view domid);
std::string vnc_listen_node(std::string_view domid);

/// "/libxl/pci/0000-00-02-0", where the xl tools keep a device's owner (domid) and former driver
/// (driver_path): pci_assignable_driver_path of tools/libs/light/libxl_pci.c.
std::string pci_record(const PciAddress& address);
/// The folder of all of them, and the device of one by its name there, "0000-00-02-0"; nullopt: of
/// none.
inline constexpr const char* pci_records = "/libxl/pci";
std::optional<PciAddress> device_of_record(std::string name);

}  // namespace xenlaunch
