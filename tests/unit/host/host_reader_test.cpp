#include "launcher/host/host_reader.h"

#include <doctest/doctest.h>

#include "base/error.h"
#include "tests/fixtures/machine.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch {
namespace {

using testing::TemporaryTree;

const std::string gpu = "sys/bus/pci/devices/0000:00:02.0/";

/// A host whose one function has no more than every function has.
void write_function(const TemporaryTree& tree) {
  tree.write(gpu + "vendor", "0x8086\n");
  tree.write(gpu + "device", "0x0412\n");
  tree.write(gpu + "class", "0x030000\n");
}

PciFunction function_at(std::uint8_t device) {
  PciFunction function;
  function.address.device = device;
  return function;
}

std::string resource_text(const std::string& first_line) {
  std::string text = first_line + "\n";
  for (int line = 1; line < 13; ++line)
    text += "0x0000000000000000 0x0000000000000000 0x0000000000000000\n";
  return text;
}

std::vector<std::string> listing(const HostPci& host) {
  std::vector<std::string> lines;
  for (const PciFunction& function : host.functions) {
    lines.push_back(function.address.to_string() + " " + function.id.to_string() + " " +
                    function.class_text() + " " + function.driver.value_or("-"));
  }
  return lines;
}

TEST_CASE("the Intel desktop's functions are read whole") {
  PciFunction bridge = function_at(0x00);
  bridge.id = {0x8086, 0x0c00};
  bridge.subsystem = {0x1458, 0x5000};
  bridge.class_code = 0x060000;

  PciFunction graphics = function_at(0x02);
  graphics.id = {0x8086, 0x0412};
  graphics.subsystem = {0x1458, 0xd000};
  graphics.class_code = 0x030000;
  graphics.driver = "i915";
  graphics.reset_methods = {"af_flr", "pm"};
  graphics.resources[0] = {.start = 0xf7400000, .size = 0x400000, .flags = 0x140204};
  graphics.resources[2] = {.start = 0xd0000000, .size = 0x10000000, .flags = 0x14220c};
  graphics.resources[4] = {.start = 0xf000, .size = 0x40, .flags = 0x40101};
  graphics.resources[PciFunction::rom_resource] = {
      .start = 0xc0000, .size = 0x20000, .flags = 0x212};
  graphics.irq = 30;
  graphics.has_rom_file = true;

  PciFunction isa = function_at(0x1f);
  isa.id = {0x8086, 0x8c44};
  isa.subsystem = {0x1458, 0x5001};
  isa.class_code = 0x060100;
  isa.driver = "lpc_ich";

  CHECK(read_host_pci(testing::machine("host-igd")) == HostPci{{bridge, graphics, isa}, true});
}

TEST_CASE("the host with more cards is listed by address, its segments last") {
  const HostPci host = read_host_pci(testing::machine("host-discrete"));
  CHECK(listing(host) == std::vector<std::string>{
                             "0000:00:00.0 8086:0c00 060000 -",
                             "0000:00:02.0 8086:0412 030000 i915",
                             "0000:00:02.1 8086:4680 030000 -",
                             "0000:00:1f.0 8086:8c44 060100 lpc_ich",
                             "0000:01:00.0 10de:1b80 030000 nouveau",
                             "0000:01:00.1 10de:10f0 040300 snd_hda_intel",
                             "0000:0a:00.0 8086:1010 020000 e1000",
                             "0000:0a:00.1 8086:1010 020000 e1000",
                             "0001:00:02.0 8086:56a0 030000 -",
                         });
  CHECK(host.find({.device = 2, .function = 1})->physical_function == PciAddress{.device = 2});
  CHECK(host.find({.segment = 1, .device = 2})->irq == 0);
  CHECK(host.find({.bus = 1})->resources[3].is_64bit());
  CHECK(host.find({.bus = 1})->resources[5].is_io());
  CHECK(host.find({.bus = 2}) == nullptr);
}

TEST_CASE("of functions asked for by address no others are read, but all where one is not there") {
  const TemporaryTree tree;
  write_function(tree);
  tree.write("sys/bus/pci/devices/0000:00:1f.0/vendor", "garbled");
  CHECK(listing(read_host_pci(tree.root(), {{.device = 2}})) ==
        std::vector<std::string>{"0000:00:02.0 8086:0412 030000 -"});
  const std::string host = testing::machine("host-discrete");
  CHECK(listing(read_host_pci(host, {{.bus = 1}, {.device = 2}})) ==
        std::vector<std::string>{"0000:00:02.0 8086:0412 030000 i915",
                                 "0000:00:02.1 8086:4680 030000 -",
                                 "0000:01:00.0 10de:1b80 030000 nouveau",
                                 "0000:01:00.1 10de:10f0 040300 snd_hda_intel"});
  CHECK(read_host_pci(host, {{.bus = 1}, {.bus = 2}}) == read_host_pci(host));
  CHECK(read_host_pci(host, {}) == HostPci{{}, read_host_pci(host).pciback_loaded});
}

TEST_CASE("of a host's GPUs everything is read, of the others who and what they are") {
  const std::string machine = testing::machine("host-discrete");
  HostPci expected = read_host_pci(machine);
  for (PciFunction& function : expected.functions) {
    if (function.is_display_controller()) continue;
    function = {.address = function.address,
                .id = function.id,
                .class_code = function.class_code,
                .driver = function.driver,
                .physical_function = function.physical_function};
  }
  CHECK(read_host_gpus(machine) == expected);
}

/// The addresses that are read with 01:00.0 of a host that has those of `others` beside it.
std::vector<std::string> read_along(const TemporaryTree& tree,
                                    const std::vector<std::string>& others) {
  const auto write = [&tree](const std::string& address) {
    const std::string folder = "sys/bus/pci/devices/" + address + "/";
    tree.write(folder + "vendor", "0x10de\n");
    tree.write(folder + "device", "0x0001\n");
    tree.write(folder + "class", "0x020000\n");
  };
  write("0000:01:00.0");
  for (const std::string& other : others) write(other);
  std::vector<std::string> addresses;
  for (const PciFunction& function : read_host_pci(tree.root(), {{.bus = 1}}).functions)
    addresses.push_back(function.address.to_string());
  return addresses;
}

TEST_CASE("with a function come those that decide over it") {
  using Addresses = std::vector<std::string>;
  const std::string one = "0000:01:00.0";
  const Addresses others{"0000:01:00.7", "0000:01:01.0", "0000:02:00.0", "10000:e0:00.0"};
  const TemporaryTree tree;
  CHECK(read_along(tree, others) == Addresses{one, "0000:01:00.7"});
  tree.write("sys/bus/pci/devices/0000:01:00.0/reset_method", "flr bus\n");
  CHECK(read_along(tree, others) == Addresses{one, "0000:01:00.7"});
  tree.write("sys/bus/pci/devices/0000:01:00.0/reset_method", "bus\n");
  CHECK(read_along(tree, others) == Addresses{one, "0000:01:00.7", "0000:01:01.0"});
  tree.write("sys/bus/pci/devices/0000:01:00.0/reset_method", "\n");
  tree.link("sys/bus/pci/devices/0000:01:00.0/virtfn0", "../0000:02:00.0");
  CHECK(read_along(tree, others) == Addresses{one, "0000:01:00.7", "0000:02:00.0"});
  tree.link("sys/bus/pci/devices/0000:01:00.0/driver", "../../drivers/vmd");
  CHECK(read_along(tree, others) ==
        Addresses{one, "0000:01:00.7", "0000:02:00.0", "10000:e0:00.0"});
}

TEST_CASE("a second display function is beside one of the same maker, and no GPU") {
  const TemporaryTree tree;
  write_function(tree);
  const std::string second = "sys/bus/pci/devices/0000:00:02.1/";
  tree.write(second + "vendor", "0x8086\n");
  tree.write(second + "device", "0x0412\n");
  tree.write(second + "class", "0x038000\n");
  const auto is_second = [&] {
    const auto function = read_pci_function(tree.root(), {.device = 2, .function = 1});
    CHECK(is_physical_gpu(*function) == !function->is_second_display);
    CHECK(is_integrated_gpu(*function, {0x8086, 0x1002}) == !function->is_second_display);
    return function->is_second_display;
  };
  CHECK(is_second());
  tree.write(second + "vendor", "0x1002\n");
  CHECK_FALSE(is_second());
  tree.write(second + "vendor", "0x8086\n");
  tree.write(gpu + "class", "0x040300\n");
  CHECK_FALSE(is_second());
}

TEST_CASE("only a physical display controller on bus 0 of segment 0 is an integrated GPU") {
  std::vector<std::string> integrated;
  const HostPci host = read_host_pci(testing::machine("host-discrete"));
  for (const PciFunction& function : host.functions) {
    if (is_integrated_gpu(function, {0x8086, 0x10de}))
      integrated.push_back(function.address.to_string());
  }
  CHECK(integrated == std::vector<std::string>{"0000:00:02.0"});
  CHECK_FALSE(is_integrated_gpu(*host.find({.device = 2}), {0x1002}));
}

TEST_CASE("a function has what sysfs shows of it, and nothing where sysfs is silent") {
  const TemporaryTree tree;
  write_function(tree);
  PciFunction expected = function_at(2);
  expected.id = {0x8086, 0x0412};
  expected.class_code = 0x030000;
  CHECK(read_host_pci(tree.root()) == HostPci{{expected}, false});
}

TEST_CASE("a reset that an old kernel does not name is unnamed") {
  const TemporaryTree tree;
  write_function(tree);
  tree.write(gpu + "reset", "");
  CHECK(read_host_pci(tree.root()).functions.at(0).reset_methods ==
        std::vector<std::string>{"unnamed"});
  tree.write(gpu + "reset_method", "");  // all methods switched off
  CHECK(read_host_pci(tree.root()).functions.at(0).reset_methods.empty());
}

TEST_CASE("an interrupt line that is not connected counts as none") {
  const TemporaryTree tree;
  write_function(tree);
  const auto irq = [&](const std::string& text) {
    tree.write(gpu + "irq", text + "\n");
    return read_host_pci(tree.root()).functions.at(0).irq;
  };
  CHECK(irq("0") == 0);
  CHECK(irq("16") == 16);
  CHECK(irq("256") == 256);
  CHECK(irq("255") == 0);
  CHECK(irq("2147483648") == 0);
  CHECK(irq("-2147483648") == 0);
}

TEST_CASE("a function whose configuration space reads all ones does not answer") {
  const TemporaryTree tree;
  write_function(tree);
  const auto answers = [&](const std::string& config) {
    tree.write(gpu + "config", config);
    return read_host_pci(tree.root()).functions.at(0).answers;
  };
  CHECK_FALSE(answers(std::string(8, '\xff')));
  CHECK_FALSE(answers(std::string(4096, '\xff')));
  CHECK(answers(""));
  CHECK(answers(std::string(7, '\xff')));
  CHECK(answers(std::string("\x86\x80\x12\x04\x04\x01\x90\x00", 8)));
  // An SR-IOV VF has no ids of its own.
  CHECK(answers(std::string("\xff\xff\xff\xff\x00\x00\x10\x00", 8)));
}

TEST_CASE("the size of a BAR is what lies between its ends") {
  const TemporaryTree tree;
  write_function(tree);
  const auto bar = [&](const std::string& line) {
    tree.write(gpu + "resource", resource_text(line));
    return read_host_pci(tree.root()).functions.at(0).resources[0];
  };
  CHECK(bar("0x0000000000000000 0x000000000000ffff 0x0000000000040200") ==
        PciResource{0, 0x10000, 0x40200});
  CHECK(bar("0x0000000000001000 0x0000000000000fff 0x0000000000040200") ==
        PciResource{0x1000, 0, 0x40200});
  CHECK(bar("0x0000000000000000 0x0000000000000000 0x0000000000040200") ==
        PciResource{0, 0, 0x40200});
}

TEST_CASE("a garbled attribute is an error that names function, attribute and value") {
  const auto message = [](const std::string& attribute, const std::string& text) -> std::string {
    const TemporaryTree tree;
    write_function(tree);
    tree.write(gpu + attribute, text);
    try {
      read_host_pci(tree.root());
    } catch (const Error& error) {
      CHECK(error.code == ExitCode::host);
      return error.what();
    }
    return "no error";
  };
  const std::string start = "cannot read PCI device 0000:00:02.0: attribute ";
  CHECK(message("vendor", "xyz\n") == start + "'vendor' holds 'xyz', not a number");
  CHECK(message("vendor", "8086\n") == start + "'vendor' holds '8086', not a number");
  CHECK(message("vendor", "\n") == start + "'vendor' holds '', not a number");
  CHECK(message("device", "0x0412 \n") == start + "'device' holds '0x0412 ', not a number");
  CHECK(message("device", "0x\x1b[2J\n") == start + "'device' holds '0x\\x1b[2J', not a number");
  CHECK(message("device", "0x10412\n") ==
        start + "'device' holds '0x10412', not a number of 16 bits");
  CHECK(message("class", "0x1030000\n") ==
        start + "'class' holds '0x1030000', not a number of 24 bits");
  CHECK(message("subsystem_vendor", "0x-1\n") ==
        start + "'subsystem_vendor' holds '0x-1', not a number");
  CHECK(message("irq", "0x10\n") == start + "'irq' holds '0x10', not a number");
  CHECK(message("irq", "4294967296\n") == start + "'irq' holds '4294967296', not a number");
  CHECK(message("resource", "0x0 0x1\n") ==
        start + "'resource' holds '0x0 0x1', not three numbers");
  CHECK(message("resource", "0x0 0x1 2\n") ==
        start + "'resource' holds '0x0 0x1 2', not three numbers");
  CHECK(message("resource", "") == start + "'resource' holds '', not three numbers");
}

TEST_CASE("a function that vanishes is left out, and so is what is no function") {
  const TemporaryTree tree;
  write_function(tree);
  tree.write("sys/bus/pci/devices/0000:01:00.0/vendor",
             "0x10de\n");  // its other attributes are gone
  tree.link("sys/bus/pci/devices/0000:02:00.0", "../../../devices/gone");
  tree.write("sys/bus/pci/devices/010000:e1:00.0/vendor", "0x8086\n");
  tree.write("sys/bus/pci/devices/00:03.0/vendor", "xyz\n");
  tree.write("sys/bus/pci/devices/README", "");
  CHECK(listing(read_host_pci(tree.root())) ==
        std::vector<std::string>{"0000:00:02.0 8086:0412 030000 -"});
}

TEST_CASE("a host without PCI has no functions") {
  const TemporaryTree tree;
  CHECK(read_host_pci(tree.root()) == HostPci{});
}

}  // namespace
}  // namespace xenlaunch
