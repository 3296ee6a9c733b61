#include "launcher/host/driver_record.h"

#include <string_view>

#include "base/error.h"
#include "base/text.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

constexpr std::string_view drivers = "/sys/bus/pci/drivers/";

std::string record_path(const PciAddress& device) {
  return pci_record(device) + "/driver_path";
}

/// A name that becomes part of a path that is written to.
bool is_driver_name(std::string_view name) {
  return !name.empty() && name.find_first_not_of(
                              "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_") ==
                              std::string_view::npos;
}

}  // namespace

Node driver_record(const PciAddress& device, const std::string& driver) {
  return {record_path(device), std::string{drivers} + driver, Access::dom0_only};
}

std::optional<std::string> recorded_driver(const std::string& action, const PciAddress& device,
                                           Store& store) {
  const std::optional<std::string> record = store.read(record_path(device));
  if (!record) return std::nullopt;
  const std::string_view path = *record;
  if (path.starts_with(drivers) && is_driver_name(path.substr(drivers.size())))
    return std::string{path.substr(drivers.size())};
  throw Error{ExitCode::xenstore,
              "cannot " + action + ": the record of its former driver, " + record_path(device) +
                  ", holds '" + excerpt(path) + "', not " + std::string{drivers} +
                  "NAME; `xenstore-write` puts the driver there, `xenstore-rm` leaves it without"};
}

}  // namespace xenlaunch
