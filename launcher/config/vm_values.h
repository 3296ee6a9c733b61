#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "launcher/config/vm_config.h"
#include "launcher/config/yaml_fields.h"

/// Readers of the single values of a VM file. Each reports what is wrong and then returns nullopt.
namespace xenlaunch {

constexpr const char* name_expectation =
    "1 to 64 letters, digits, '.', '_' or '-', starting with a letter, digit or '_'";
constexpr const char* memory_expectation = "a size such as 512MiB or 4GiB";

/// What is wrong with a VM's name, as it reads on behind it: "is empty"; nullopt where it is one.
std::optional<std::string> name_problem(std::string_view name);

std::optional<std::string> read_name(const Field& field);
std::optional<std::string> read_uuid(const Field& field);  ///< lower case
/// A size in whole MiB from `smallest` to `largest`, both in MiB.
std::optional<std::uint64_t> read_mib(const Field& field, std::uint64_t smallest,
                                      std::uint64_t largest);
std::optional<std::uint64_t> read_memory_mib(const Field& field);
std::optional<unsigned> read_videoram_mib(const Field& field);
std::optional<SerialConfig> read_serial(const Field& field);
std::optional<std::string> read_socket_path(const Field& field);
std::optional<std::string> read_ip_address(const Field& field);
std::optional<PciAddress> read_pci_address(const Field& field);
std::optional<PciId> read_pci_id(const Field& field);
std::optional<OnEvent> read_on_event(const Field& field);

}  // namespace xenlaunch
