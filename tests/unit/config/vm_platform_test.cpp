// platform, clock and cpu of a VM file.
#include <doctest/doctest.h>

#include <cstdlib>
#include <string>
#include <utility>
#include <vector>

#include "tests/unit/config/vm_file_text.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("platform's keys for Xen are read") {
  const VmConfig vm = parse_line(
      "platform: {tsc_mode: native, hpet: false, nested_virt: true, hvm_pirq: true, viridian: "
      "[stimer, freq], mmio_hole: 1GiB}");
  CHECK(
      (vm.platform == GuestPlatform{.viridian = {Viridian::base, Viridian::freq, Viridian::stimer},
                                    .tsc_mode = TscMode::native,
                                    .hpet = false,
                                    .nested_virt = true,
                                    .hvm_pirq = true}));
  CHECK(vm.mmio_hole_mib == 1024);
  CHECK(parse_line("platform: {viridian: true}").platform.viridian == default_viridian());
  CHECK((parse_line("platform: {viridian: false}").platform == GuestPlatform{}));
}

TEST_CASE("clock and cpu are read") {
  const VmConfig vm = parse_line(
      "clock: {base: localtime, offset_seconds: -3600}\ncpu: {pin: '4,0-3,^1-2', weight: 512, cap: "
      "0}");
  CHECK((vm.clock == ClockConfig{ClockConfig::Base::localtime, -3600}));
  CHECK((vm.cpu == CpuConfig{.pin = {0, 3, 4}, .weight = 512, .cap = 0}));
}

TEST_CASE("what is wrong with them is said where it stands") {
  const std::string cpus = "; expected host CPUs as in '0-3,6' or '0-7,^2'";
  const std::vector<std::pair<std::string, std::string>> table{
      {"cpu: {pin: '0-'}", "3:12: cpu.pin: '0-' is no list of CPUs" + cpus},
      {"cpu: {pin: '3-1'}", "3:12: cpu.pin: '3-1' is no list of CPUs" + cpus},
      {"cpu: {pin: 'all'}", "3:12: cpu.pin: 'all' is no list of CPUs" + cpus},
      {"cpu: {pin: '4095'}", "3:12: cpu.pin: '4095' is no list of CPUs" + cpus},
      {"cpu: {pin: '^0,1,'}", "3:12: cpu.pin: '^0,1,' is no list of CPUs" + cpus},
      {"cpu: {pin: '0,^0'}", "3:12: cpu.pin: '0,^0' leaves no CPU" + cpus},
      {"cpu: {weight: 0}",
       "3:15: cpu.weight: '0' is out of range; expected an integer from 1 to 65535"},
      {"cpu: {cap: 101}",
       "3:12: cpu.cap: is more than the guest can use with 1 vCPUs; expected at most 100"},
      {"clock: {offset_seconds: --5}",
       "3:25: clock.offset_seconds: '--5' is not a decimal integer; expected an integer from "
       "-31622400 to 31622400"},
      {"clock: {base: local}",
       "3:15: clock.base: unknown value 'local'; expected utc or localtime"},
      {"platform: {viridian: all}",
       "3:22: platform.viridian: 'all' is not a boolean; expected true, false or a list of groups"},
      {"platform: {viridian: [freq, freq]}",
       "3:29: platform.viridian[1]: the group is given twice, first at line 3; expected each group "
       "once"},
      {"platform: {mmio_hole: 128MiB}",
       "3:23: platform.mmio_hole: '128MiB' is out of range; expected from 256MiB to 3GiB"},
      {"platform: {tsc_mode: native_paravirt}",
       "3:22: platform.tsc_mode: unknown value 'native_paravirt'; expected default, always_emulate "
       "or native"}};
  for (const auto& [line, problem] : table) {
    CAPTURE(line);
    CHECK(problems_of_line(line) == problem);
  }
}

TEST_CASE("viridian_mask has the bits that libxl sets") {
  CHECK(viridian_mask({}) == 0);
  CHECK(viridian_mask(default_viridian()) == 0x1865);
  CHECK(viridian_mask({Viridian::base}) == 0x3);
  CHECK(viridian_mask({Viridian::base, Viridian::freq, Viridian::stimer}) == 0x185);
  CHECK(viridian_mask({Viridian::base, Viridian::freq, Viridian::reference_tsc}) == 0x9);
}

TEST_CASE("clock_offset adds the offset to the base") {
  CHECK(clock_offset({}, 1700000000) == 0);
  CHECK(clock_offset({ClockConfig::Base::utc, -90}, 1700000000) == -90);
  const std::string before = std::getenv("TZ") == nullptr ? "" : std::getenv("TZ");
  ::setenv("TZ", "XYZ-5:30", 1);
  CHECK(clock_offset({ClockConfig::Base::localtime, 10}, 1700000000) == 5 * 3600 + 30 * 60 + 10);
  before.empty() ? ::unsetenv("TZ") : ::setenv("TZ", before.c_str(), 1);
  ::tzset();
}

}  // namespace
}  // namespace xenlaunch::test
