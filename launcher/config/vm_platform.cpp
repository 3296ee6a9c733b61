#include "launcher/config/vm_platform.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>
#include <string>
#include <string_view>

#include "launcher/config/first_lines.h"
#include "launcher/config/vm_values.h"

namespace xenlaunch {
namespace {

Field::Words<Viridian> viridian_words() {
  Field::Words<Viridian> words;
  for (const auto& [group, name] : viridian_names) words.emplace_back(name, group);
  return words;
}

std::optional<std::vector<Viridian>> read_viridian(const Field& field) {
  if (!field.is_list()) {
    const std::optional<bool> wanted = field.boolean("true, false or a list of groups");
    if (!wanted) return std::nullopt;
    return *wanted ? default_viridian() : std::vector<Viridian>{};
  }
  std::set<Viridian> groups;
  FirstLines<Viridian> first_lines;
  const std::optional<std::vector<Field>> items = field.list("a list of groups");
  for (const Field& item : *items) {
    const std::optional<Viridian> group = item.choice(viridian_words());
    if (!group) continue;
    first_lines.check(*group, "the group", item, "each group once");
    groups.insert(*group);
  }
  if (!groups.empty()) groups.insert(Viridian::base);  // no other works without it
  return std::vector<Viridian>(groups.begin(), groups.end());
}

/// From HVM_BELOW_4G_MMIO_LENGTH up; 1 GiB below 4 GiB is left for RAM.
std::optional<std::uint64_t> read_mmio_hole_mib(const Field& field) {
  return read_mib(field, 256, 3072);
}

/// Xen's own limit of CPUs on x86 (CONFIG_NR_CPUS).
constexpr unsigned last_cpu = 4094;

struct CpuRange {
  unsigned first;
  unsigned last;
};

/// "3" or "0-3".
std::optional<CpuRange> parse_range(std::string_view text) {
  const auto number = [](std::string_view digits) -> std::optional<unsigned> {
    unsigned value = 0;
    const auto [end, error] = std::from_chars(digits.begin(), digits.end(), value);
    if (error != std::errc{} || end != digits.end() || value > last_cpu) return std::nullopt;
    return value;
  };
  const std::size_t dash = text.find('-');
  const auto first = number(text.substr(0, dash));
  const auto last = dash == std::string_view::npos ? first : number(text.substr(dash + 1));
  if (!first || !last || *first > *last) return std::nullopt;
  return CpuRange{*first, *last};
}

/// As xl's cpus=: ranges are added in their order, those behind a ^ are taken away.
std::optional<std::vector<unsigned>> parse_cpus(std::string_view text) {
  std::set<unsigned> cpus;
  for (std::size_t at = 0; at <= text.size();) {
    const std::size_t comma = std::min(text.find(',', at), text.size());
    std::string_view part = text.substr(at, comma - at);
    at = comma + 1;
    const bool without = part.starts_with('^');
    if (without) part.remove_prefix(1);
    const std::optional<CpuRange> range = parse_range(part);
    if (!range) return std::nullopt;
    for (unsigned cpu = range->first; cpu <= range->last; ++cpu)
      without ? void(cpus.erase(cpu)) : void(cpus.insert(cpu));
  }
  return std::vector<unsigned>(cpus.begin(), cpus.end());
}

std::optional<std::vector<unsigned>> read_pin(const Field& field) {
  const std::string expectation = "host CPUs as in '0-3,6' or '0-7,^2'";
  const std::optional<std::string> text = field.text(expectation);
  if (!text) return std::nullopt;
  std::optional<std::vector<unsigned>> cpus = parse_cpus(*text);
  if (!cpus)
    field.report(in_quotes(*text) + " is no list of CPUs", expectation);
  else if (cpus->empty())
    field.report(in_quotes(*text) + " leaves no CPU", expectation);
  return cpus;
}

}  // namespace

void read_platform(const Field& field, VmConfig& config) {
  const MappingReader mapping{
      field,
      {"vga", "videoram", "hvm_pirq", "viridian", "tsc_mode", "hpet", "nested_virt", "mmio_hole"}};
  const auto boolean = [](const Field& value) { return value.boolean(); };
  read_into(config.platform_vga, mapping.find("vga"), [](const Field& value) {
    return value.choice<Vga>(
        {{"std", Vga::standard}, {"cirrus", Vga::cirrus}, {"none", Vga::none}});
  });
  read_into(config.videoram_mib, mapping.find("videoram"), read_videoram_mib);
  read_into(config.mmio_hole_mib, mapping.find("mmio_hole"), read_mmio_hole_mib);
  GuestPlatform& platform = config.platform;
  read_into(platform.hvm_pirq, mapping.find("hvm_pirq"), boolean);
  read_into(platform.viridian, mapping.find("viridian"), read_viridian);
  read_into(platform.tsc_mode, mapping.find("tsc_mode"), [](const Field& value) {
    return value.choice<TscMode>({{"default", TscMode::automatic},
                                  {"always_emulate", TscMode::always_emulate},
                                  {"native", TscMode::native}});
  });
  read_into(platform.hpet, mapping.find("hpet"), boolean);
  read_into(platform.nested_virt, mapping.find("nested_virt"), boolean);
}

ClockConfig read_clock(const Field& field) {
  constexpr int year = 366 * 24 * 60 * 60;
  ClockConfig clock;
  const MappingReader mapping{field, {"base", "offset_seconds"}};
  read_into(clock.base, mapping.find("base"), [](const Field& value) {
    return value.choice<ClockConfig::Base>(
        {{"utc", ClockConfig::Base::utc}, {"localtime", ClockConfig::Base::localtime}});
  });
  read_into(clock.offset_seconds, mapping.find("offset_seconds"),
            [](const Field& value) { return value.signed_integer(-year, year); });
  return clock;
}

CpuConfig read_cpu(const Field& field, unsigned vcpus) {
  CpuConfig cpu;
  const MappingReader mapping{field, {"pin", "weight", "cap"}};
  read_into(cpu.pin, mapping.find("pin"), read_pin);
  read_into(cpu.weight, mapping.find("weight"),
            [](const Field& value) { return value.integer(1, 65535); });
  const std::optional<Field> cap = mapping.find("cap");
  read_into(cpu.cap, cap, [](const Field& value) { return value.integer(0, 12800); });
  // csched2_dom_cntl of xen/common/sched/credit2.c
  if (cpu.cap.value_or(0) > vcpus * 100)
    cap->report(fmt::format("is more than the guest can use with {} vCPUs", vcpus),
                fmt::format("at most {}", vcpus * 100));
  return cpu;
}

}  // namespace xenlaunch
