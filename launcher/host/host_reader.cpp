#include "launcher/host/host_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <iterator>
#include <set>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "launcher/host/pci_config_space.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::uint32_t display_class = 0x03;

/// One function's directory; its errors name the function and the attribute.
class FunctionReader {
 public:
  FunctionReader(const PciAddress& address, fs::path directory)
      : address_{address}, directory_{std::move(directory)} {}

  /// nullopt where the function went away meanwhile.
  std::optional<PciFunction> read() const;
  std::optional<PciFunction> read_outline() const;

 private:
  std::optional<std::string> text(const std::string& attribute) const {
    return read_attribute(directory_ / attribute);
  }
  /// "0x8086"; nullopt where the attribute does not exist.
  std::optional<std::uint32_t> number(const std::string& attribute, unsigned bits) const;
  std::uint32_t irq() const;
  std::array<PciResource, 7> resources() const;
  std::vector<std::string> reset_methods() const;
  std::optional<PciAddress> physical_function() const;
  bool is_second_display(const PciFunction& function) const;
  bool has(const char* attribute) const { return is_present(directory_ / attribute); }
  [[noreturn]] void fail(const std::string& attribute, std::string_view value,
                         const std::string& expected) const;

  PciAddress address_;
  fs::path directory_;
};

/// All of `text` as a number; nullopt for anything else.
template <typename Number>
std::optional<Number> whole_number(std::string_view text, int base) {
  Number value{};
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, value, base);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return value;
}

std::optional<std::uint64_t> prefixed_hex(std::string_view text) {
  if (!text.starts_with("0x")) return std::nullopt;
  return whole_number<std::uint64_t>(text.substr(2), 16);
}

/// A line of `resource`: first address, last address, flags (drivers/pci/pci-sysfs.c,
/// resource_show).
std::optional<PciResource> parse_resource(const std::string& line) {
  std::istringstream words{line};
  const std::vector<std::string> all{std::istream_iterator<std::string>{words}, {}};
  if (all.size() != 3) return std::nullopt;
  const std::optional<std::uint64_t> first = prefixed_hex(all[0]);
  const std::optional<std::uint64_t> last = prefixed_hex(all[1]);
  const std::optional<std::uint64_t> flags = prefixed_hex(all[2]);
  if (!first || !last || !flags) return std::nullopt;
  // As pci_resource_len() has it: 0 to 0 is no resource, and an empty one ends before it begins.
  const bool empty = *last < *first || (*first == 0 && *last == 0);
  return PciResource{.start = *first, .size = empty ? 0 : *last - *first + 1, .flags = *flags};
}

std::optional<PciFunction> FunctionReader::read_outline() const {
  PciFunction function;
  function.address = address_;
  const std::optional<std::uint32_t> vendor = number("vendor", 16);
  const std::optional<std::uint32_t> device = number("device", 16);
  const std::optional<std::uint32_t> class_code = number("class", 24);
  if (!vendor || !device || !class_code) return std::nullopt;
  function.id = {static_cast<std::uint16_t>(*vendor), static_cast<std::uint16_t>(*device)};
  function.class_code = *class_code;
  function.driver = link_name(directory_ / "driver");
  function.physical_function = physical_function();
  if (function.is_bridge())
    function.secondary_bus =
        whole_number<std::uint8_t>(text("secondary_bus_number").value_or(""), 10);
  function.is_second_display = is_second_display(function);
  return function;
}

std::optional<PciFunction> FunctionReader::read() const {
  std::optional<PciFunction> outline = read_outline();
  if (!outline) return std::nullopt;
  PciFunction& function = *outline;
  function.subsystem = {static_cast<std::uint16_t>(number("subsystem_vendor", 16).value_or(0)),
                        static_cast<std::uint16_t>(number("subsystem_device", 16).value_or(0))};
  function.reset_methods = reset_methods();
  function.resources = resources();
  function.irq = irq();
  function.has_rom_file = has("rom");
  function.answers = !reads_all_ones(directory_ / "config");
  return outline;
}

std::optional<std::uint32_t> FunctionReader::number(const std::string& attribute,
                                                    unsigned bits) const {
  const std::optional<std::string> value = text(attribute);
  if (!value) return std::nullopt;
  const std::optional<std::uint64_t> parsed = prefixed_hex(*value);
  if (!parsed) fail(attribute, *value, "a number");
  if (*parsed >> bits != 0) fail(attribute, *value, fmt::format("a number of {} bits", bits));
  return static_cast<std::uint32_t>(*parsed);
}

std::uint32_t FunctionReader::irq() const {
  const std::optional<std::string> value = text("irq");
  if (!value) return 0;
  const std::optional<std::int64_t> parsed = whole_number<std::int64_t>(*value, 10);
  if (!parsed || *parsed > 0xffffffff) fail("irq", *value, "a number");
  // The PCI specification's "no connection" and IRQ_NOTCONNECTED of include/linux/interrupt.h, in
  // either signedness.
  const bool connected = *parsed > 0 && *parsed != 255 && *parsed < 0x80000000;
  return connected ? static_cast<std::uint32_t>(*parsed) : 0;
}

std::array<PciResource, 7> FunctionReader::resources() const {
  std::array<PciResource, 7> all{};
  const std::optional<std::string> value = text("resource");
  if (!value) return all;
  std::istringstream lines{*value};
  for (PciResource& resource : all) {
    std::string line;
    std::getline(lines, line);
    const std::optional<PciResource> parsed = parse_resource(line);
    if (!parsed) fail("resource", line, "three numbers");
    resource = *parsed;
  }
  return all;
}

std::vector<std::string> FunctionReader::reset_methods() const {
  const std::optional<std::string> value = text("reset_method");
  if (!value)
    return has("reset") ? std::vector<std::string>{unnamed_reset} : std::vector<std::string>{};
  std::istringstream words{*value};
  return {std::istream_iterator<std::string>{words}, {}};
}

std::optional<PciAddress> FunctionReader::physical_function() const {
  const std::optional<std::string> name = link_name(directory_ / "physfn");
  if (!name) return std::nullopt;
  return PciAddress::parse(*name).value_or(PciAddress{});
}

bool FunctionReader::is_second_display(const PciFunction& function) const {
  if (!function.is_display_controller() || function.is_virtual_function() || address_.function == 0)
    return false;
  PciAddress first = address_;
  first.function = 0;
  const FunctionReader reader{first, directory_.parent_path() / first.to_string()};
  const std::optional<std::uint32_t> class_code = reader.number("class", 24);
  return class_code && *class_code >> 16 == display_class &&
         reader.number("vendor", 16) == function.id.vendor;
}

void FunctionReader::fail(const std::string& attribute, std::string_view value,
                          const std::string& expected) const {
  throw Error{ExitCode::host,
              fmt::format("cannot read PCI device {}: attribute '{}' holds '{}', not {}",
                          address_.to_string(), attribute, excerpt(value), expected)};
}

/// The functions that there are, sorted; none where the host has no PCI.
std::vector<PciAddress> addresses_in(const fs::path& directory) {
  std::vector<PciAddress> addresses;
  std::error_code error;
  fs::directory_iterator entry{directory, error};
  for (; !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const std::optional<PciAddress> address = PciAddress::parse(name);
    if (address && address->to_string() == name) addresses.push_back(*address);
  }
  if (error && error != std::errc::no_such_file_or_directory) {
    throw_errno(ExitCode::host, error.value(), "list " + directory.string());
  }
  std::ranges::sort(addresses);
  return addresses;
}

/// Whether what `other` is decides over how `function` can be passed.
bool is_related(const PciAddress& other, const PciFunction& function) {
  if (function.driver == vmd_driver && other.segment > PciAddress::last_segment_of_xen) return true;
  if (!other.same_bus(function.address)) return false;
  return other.device == function.address.device ||
         function.reset_methods == std::vector<std::string>{"bus"};
}

/// Whether its companions may be on another bus: a card of Intel's has a switch of its own.
bool may_have_a_switch(const PciFunction& function) {
  return is_physical_gpu(function) && function.id.vendor == intel_vendor &&
         function.address.bus != 0;
}

HostPci host_with(std::vector<PciFunction> functions, const fs::path& root) {
  std::ranges::sort(functions, {}, &PciFunction::address);
  std::error_code ignored;
  return {.functions = std::move(functions),
          .pciback_loaded = fs::is_directory(root / "sys/bus/pci/drivers/pciback", ignored)};
}

}  // namespace

std::vector<PciAddress> virtual_functions_of(const fs::path& root, const PciAddress& function) {
  const fs::path directory = root / "sys/bus/pci/devices" / function.to_string();
  std::vector<PciAddress> all;
  for (unsigned number = 0;; ++number) {
    const auto name = link_name(directory / fmt::format("virtfn{}", number));
    const std::optional<PciAddress> address = name ? PciAddress::parse(*name) : std::nullopt;
    if (!address) return all;
    all.push_back(*address);
  }
}

std::optional<PciFunction> read_pci_function(const fs::path& root, const PciAddress& address) {
  return FunctionReader{address, root / "sys/bus/pci/devices" / address.to_string()}.read();
}

HostPci read_host_gpus(const fs::path& root) {
  const fs::path devices = root / "sys/bus/pci/devices";
  std::vector<PciFunction> functions;
  for (const PciAddress& address : addresses_in(devices)) {
    const FunctionReader reader{address, devices / address.to_string()};
    std::optional<PciFunction> function = reader.read_outline();
    if (function && function->is_display_controller()) function = reader.read();
    if (function) functions.push_back(std::move(*function));
  }
  return host_with(std::move(functions), root);
}

HostPci read_host_pci(const fs::path& root) {
  std::vector<PciFunction> functions;
  for (const PciAddress& address : addresses_in(root / "sys/bus/pci/devices"))
    if (std::optional<PciFunction> function = read_pci_function(root, address))
      functions.push_back(std::move(*function));
  return host_with(std::move(functions), root);
}

HostPci read_host_pci(const fs::path& root, const std::vector<PciAddress>& addresses) {
  if (addresses.empty()) return host_with({}, root);
  const fs::path devices = root / "sys/bus/pci/devices";
  const std::vector<PciAddress> there = addresses_in(devices);
  std::vector<PciFunction> functions;
  std::set<PciAddress> related;
  for (const PciAddress& address : addresses) {
    std::optional<PciFunction> function = read_pci_function(root, address);
    if (!function || may_have_a_switch(*function)) return read_host_pci(root);
    for (const PciAddress& other : there)
      if (is_related(other, *function)) related.insert(other);
    const std::vector<PciAddress> virtual_functions = virtual_functions_of(root, address);
    related.insert(virtual_functions.begin(), virtual_functions.end());
    functions.push_back(std::move(*function));
  }
  for (const PciAddress& address : addresses) related.erase(address);
  for (const PciAddress& address : related)
    if (std::optional<PciFunction> function = read_pci_function(root, address))
      functions.push_back(std::move(*function));
  return host_with(std::move(functions), root);
}

}  // namespace xenlaunch
