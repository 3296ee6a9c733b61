#include "launcher/host/sysfs_pci_binder.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <sstream>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/text.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/pci_config_space.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/sysfs_wait.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// What the driver of the module xen-pciback is called (drivers/xen/xen-pciback/pci_stub.c).
const std::string pciback = "pciback";

[[noreturn]] void fail(const std::string& message) {
  throw Error{ExitCode::host, message};
}

}  // namespace

SysfsPciBinder::SysfsPciBinder(const fs::path& root, SysfsWrite write, Pause pause)
    : root_{root}, pci_{root / "sys/bus/pci"}, write_{std::move(write)}, pause_{std::move(pause)} {}

bool SysfsPciBinder::is_there(const PciAddress& device) {
  return is_present(device_path(device));
}

PciFunction SysfsPciBinder::inspect(const PciAddress& device) {
  std::optional<PciFunction> function = read_pci_function(root_, device);
  if (!function) fail(fmt::format("cannot look at {}: it is no longer there", device.to_string()));
  return *std::move(function);
}

bool SysfsPciBinder::assign(const PciAddress& device) {
  const std::string bdf = device.to_string();
  if (!is_there(device))
    fail(fmt::format("cannot assign {} to pciback: there is no such device", bdf));
  if (!is_present(driver_path(pciback))) {
    fail(fmt::format(
        "cannot assign {} to pciback: the driver is not loaded; modprobe xen-pciback loads it",
        bdf));
  }
  const std::optional<std::string> driver = driver_of(device);
  if (driver == pciback) return true;
  Changes changes;
  std::optional<std::string> failure = take(device, driver, changes);
  if (!failure) return false;
  const std::vector<std::string> left = give_back(device, changes);
  if (left.empty()) fail(*failure);
  const std::string lost = driver ? fmt::format("it could not be given back to {} either", *driver)
                                  : std::string{"what was done could not be undone either"};
  throw Error{ExitCode::host_left_changed,
              fmt::format("{}; {}: {}", *failure, lost, fmt::join(left, "; "))};
}

/// Returns what failed, as a whole message; `changes` are then to be undone.
std::optional<std::string> SysfsPciBinder::take(const PciAddress& device,
                                                const std::optional<std::string>& driver,
                                                Changes& changes) const {
  const std::string bdf = device.to_string();
  const auto failed = [&](const WriteFailure& failure) {
    changes.stuck = failure.timed_out;
    return fmt::format("cannot assign {} to pciback: {}", bdf, failure.reason);
  };
  const bool slot_is_ours = !has_slot(device);
  // First of all, so that no other driver gets in between unbind and bind.
  const fs::path driver_override = device_path(device) / "driver_override";
  if (is_present(driver_override)) {  // Linux 3.16 and newer
    if (const auto failure = write(driver_override, pciback, release_deadline))
      return failed(*failure);
    changes.driver_override = true;
  }
  if (slot_is_ours) {  // a second new_slot would make a second entry
    if (const auto failure = write(driver_path(pciback) / "new_slot", bdf, release_deadline))
      return failed(*failure);
    changes.slot = true;
  }
  if (driver) {
    changes.driver = driver;
    if (const auto failure = release(device)) {
      changes.stuck = failure->timed_out;
      return fmt::format("cannot unbind {} from {}: {}", bdf, *driver, failure->reason);
    }
  }
  if (const auto failure = write(driver_path(pciback) / "bind", bdf, reset_deadline))
    return failed(*failure);
  if (driver_of(device) != pciback) return failed({.reason = "pciback did not take it"});
  return std::nullopt;
}

std::optional<SysfsPciBinder::WriteFailure> SysfsPciBinder::release(
    const PciAddress& device) const {
  auto failure = write(device_path(device) / "driver/unbind", device.to_string(), release_deadline);
  if (failure && failure->timed_out) {
    failure->reason = fmt::format(
        "the driver did not let go within {} s; something still uses the device (a display "
        "server, a console, a running computation?)",
        release_deadline.count());
  }
  return failure;
}

void SysfsPciBinder::drop_override(const PciAddress& device) {
  const fs::path driver_override = device_path(device) / "driver_override";
  if (!is_present(driver_override)) return;
  if (const auto failure = write(driver_override, "\n", release_deadline))
    fail(fmt::format("cannot leave {} to other tools: {}", device.to_string(), failure->reason));
}

void SysfsPciBinder::restore(const PciAddress& device, const std::optional<std::string>& driver) {
  const std::vector<std::string> failures =
      give_back(device, {.driver_override = true, .slot = true, .driver = driver, .stuck = false});
  if (failures.empty()) return;
  const std::string bdf = device.to_string();
  const std::string action = driver ? fmt::format("give {} back to {}", bdf, *driver)
                                    : fmt::format("take {} from pciback", bdf);
  throw Error{ExitCode::host, action, fmt::format("{}", fmt::join(failures, "; "))};
}

/// Undoes `changes`; returns what could not be undone. Every part is tried, but for those that
/// would only wait in vain for the device's lock, which driver_override, bind and unbind take and a
/// write that timed out still holds.
std::vector<std::string> SysfsPciBinder::give_back(const PciAddress& device,
                                                   Changes changes) const {
  const std::string bdf = device.to_string();
  std::vector<std::string> failures;
  const auto attempt = [&](const fs::path& attribute, std::string_view value,
                           std::chrono::seconds deadline) {
    const std::optional<WriteFailure> failure = write(attribute, value, deadline);
    if (!failure) return;
    failures.push_back(failure->reason);
    changes.stuck = changes.stuck || failure->timed_out;
  };
  if (changes.stuck) {
    failures.emplace_back(
        "the kernel still waits for the device, and its driver_override was left as it is");
  }
  if (!changes.stuck && driver_of(device) == pciback)
    attempt(driver_path(pciback) / "unbind", bdf, reset_deadline);
  try {
    if (changes.slot && has_slot(device))
      attempt(driver_path(pciback) / "remove_slot", bdf, release_deadline);
  } catch (const Error& error) {
    failures.emplace_back(error.what());
  }
  const fs::path driver_override = device_path(device) / "driver_override";
  if (!changes.stuck && changes.driver_override && is_present(driver_override)) {
    attempt(driver_override, "\n", release_deadline);
  }
  if (!changes.stuck && changes.driver && is_present(device_path(device))) {
    if (const auto failure = bind_again(device, *changes.driver)) failures.push_back(*failure);
  }
  return failures;
}

std::optional<std::string> SysfsPciBinder::bind_again(const PciAddress& device,
                                                      const std::string& driver) const {
  const std::optional<std::string> now = driver_of(device);
  if (now == driver) return std::nullopt;
  if (now) return fmt::format("it is bound to {}", *now);
  if (!is_present(driver_path(driver))) {
    return fmt::format("driver {0} is no longer loaded; modprobe {0} brings it back", driver);
  }
  if (const auto failure =
          write(driver_path(driver) / "bind", device.to_string(), reset_deadline)) {
    return failure->reason;
  }
  if (driver_of(device) != driver) return fmt::format("{} did not take it", driver);
  return std::nullopt;
}

ResetResult SysfsPciBinder::reset(const PciAddress& device) {
  const std::string bdf = device.to_string();
  if (!is_there(device)) fail(fmt::format("cannot reset {}: there is no such device", bdf));
  const fs::path attribute = device_path(device) / "reset";
  if (!is_present(attribute))
    return reads_all_ones(device_path(device) / "config") ? ResetResult::no_answer
                                                          : ResetResult::no_method;
  const std::optional<WriteFailure> failure = write(attribute, "1", reset_deadline);
  if (failure) fail(fmt::format("cannot reset {}: {}", bdf, failure->reason));
  return answers_soon(device) ? ResetResult::done : ResetResult::no_answer;
}

/// reset_method_store of Linux drivers/pci/pci.c takes them with blanks in between.
void SysfsPciBinder::choose_resets(const PciAddress& device,
                                   const std::vector<std::string>& methods) {
  const auto failure = write(device_path(device) / "reset_method",
                             fmt::format("{}", fmt::join(methods, " ")), release_deadline);
  if (failure)
    fail(fmt::format("cannot choose how {} is reset: {}", device.to_string(), failure->reason));
}

bool SysfsPciBinder::answers_soon(const PciAddress& device) const {
  const fs::path config = device_path(device) / "config";
  for (auto waited = answer_pause; reads_all_ones(config); waited += answer_pause) {
    if (waited > answer_deadline) return false;
    pause_(answer_pause);
  }
  return true;
}

std::optional<SysfsPciBinder::WriteFailure> SysfsPciBinder::write(
    const fs::path& attribute, std::string_view value, std::chrono::seconds deadline) const {
  const std::string action = fmt::format("writing '{}' to {}", excerpt(value), attribute.string());
  std::optional<int> error;
  try {
    error = write_(attribute, value, deadline);
  } catch (const Error& no_child) {
    return WriteFailure{.reason = no_child.what(), .timed_out = false};
  }
  if (!error) {
    return WriteFailure{
        .reason = fmt::format("{} was not done within {} s", action, deadline.count()),
        .timed_out = true};
  }
  if (*error == 0) return std::nullopt;
  return WriteFailure{.reason = fmt::format("{} failed: {}", action, errno_text(*error)),
                      .timed_out = false};
}

/// The device's own directory goes last, after pciback's remove function has returned; the links to
/// it below /sys/bus go before that (device_del of drivers/base/core.c).
void SysfsPciBinder::await_backend_gone(std::uint32_t domid) {
  const fs::path backend = root_ / "sys/devices" / fmt::format("pci-{}-0", domid);
  if (!comes_true([&backend] { return !is_present(backend); }, reset_deadline))
    fail(fmt::format("cannot take the devices of domain {} back: pciback still holds them ({})",
                     domid, backend.string()));
}

/// The slots are what pciback would take if it were offered it; listed twice counts as once.
bool SysfsPciBinder::has_slot(const PciAddress& device) const {
  std::istringstream slots{read_attribute(driver_path(pciback) / "slots").value_or("")};
  for (std::string line; std::getline(slots, line);) {
    if (PciAddress::parse(line) == device) return true;
  }
  return false;
}

std::optional<std::string> SysfsPciBinder::driver_of(const PciAddress& device) const {
  return link_name(device_path(device) / "driver");
}

fs::path SysfsPciBinder::device_path(const PciAddress& device) const {
  return pci_ / "devices" / device.to_string();
}

fs::path SysfsPciBinder::driver_path(const std::string& driver) const {
  return pci_ / "drivers" / driver;
}

std::unique_ptr<PciBinder> make_sysfs_pci_binder(const fs::path& root) {
  return std::make_unique<SysfsPciBinder>(
      root, write_attribute_within,
      [](std::chrono::milliseconds time) { std::this_thread::sleep_for(time); });
}

}  // namespace xenlaunch
