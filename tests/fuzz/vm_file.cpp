// A VM file, up to its plan and the plan's three outputs.
#include <map>
#include <nlohmann/json.hpp>

#include "launcher/cli/output.h"
#include "launcher/config/vm_reader.h"
#include "launcher/plan/resolve.h"
#include "launcher/plan/step_names.h"
#include "launcher/undo/journal_content.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

/// A host that has what the file asks for: functions with and without a driver, the USB devices.
HostPci host_of(const VmConfig& vm) {
  HostPci host{.functions = {}, .pciback_loaded = true};
  for (const PciDeviceConfig& device : vm.pci) {
    PciFunction function;
    function.address = device.address;
    function.id = device.expect.value_or(PciId{0x8086, 0x0412});
    function.class_code = device.address.function == 0 ? 0x030000 : 0x040300;
    if (device.address.bus % 2 == 0) function.driver = "i915";
    function.reset_methods = {"flr"};
    function.resources[0] = {.start = 0xf0000000, .size = 0x1000000, .flags = 0x40200};
    function.has_rom_file = true;
    host.functions.push_back(function);
  }
  return host;
}

std::vector<HostUsbDevice> usb_of(const VmConfig& vm) {
  std::vector<HostUsbDevice> all;
  for (const UsbDeviceConfig& device : vm.usb.devices)
    all.push_back({.port = device.port.value_or(UsbPort{1, "1"}),
                   .id = device.id.value_or(PciId{1, 2}),
                   .name = "name"});
  return all;
}

/// What takes a step back. The steps that are not here need nothing of their own: the kernel, the
/// end of the domain or another step's undo does it.
const std::map<StepKind, UndoKind> undo_of{
    {StepKind::bind_to_pciback, UndoKind::restore_device},
    {StepKind::note_dom0_owner, UndoKind::release_device},
    {StepKind::note_driver, UndoKind::forget_driver},
    {StepKind::switch_rom_on, UndoKind::switch_rom_off},
    {StepKind::create_domain, UndoKind::destroy_domain},
    {StepKind::write_domain_nodes, UndoKind::remove_nodes},
    {StepKind::write_device_nodes, UndoKind::remove_nodes},
    {StepKind::write_disk_nodes, UndoKind::release_disks},
    {StepKind::write_nic_nodes, UndoKind::remove_nic_nodes},
    {StepKind::start_vif_script, UndoKind::disconnect_vif},
    {StepKind::start_tap_script, UndoKind::disconnect_tap},
    {StepKind::note_owner, UndoKind::forget_owner},
    {StepKind::assign_to_domain, UndoKind::deassign_device},
    {StepKind::write_pci_nodes, UndoKind::remove_pci_nodes},
    {StepKind::start_device_model, UndoKind::end_device_model},
    {StepKind::release_device_model, UndoKind::end_device_model},
    {StepKind::unpause, UndoKind::pause_guest}};

void check_undos(const LaunchPlan& plan) {
  JournalContent journal{.header = {.vm = plan.vm.name, .uuid = "u"}, .boot = "b"};
  for (const Step& step : plan.steps) {
    const auto undo = undo_of.find(step.kind);
    require(undo == undo_of.end() || step.undo.kind == undo->second,
            "the undos of a plan cover its steps", step.action);
    require_clean(step.action);
    if (step.undo.kind == UndoKind::nothing) continue;
    journal.entries[journal.next_number++] = {.action = step.action, .undo = step.undo};
  }
  require(parse_journal(format_journal(journal), "j", plan.vm.name, "b") == journal,
          "a journal of a plan's undos is read as it was written");
}

void run(std::string_view input) {
  is_refused([&] {
    const VmConfig vm = parse_vm_file(input, "vm.yaml");
    const LaunchPlan plan = resolve(vm, host_of(vm), HostSettings{}, {}, {}, usb_of(vm));
    check_undos(plan);
    const std::string argv = format_argv(plan, Facts{});
    require_clean(argv);
    require(argv.find('\n') == argv.size() - 1, "a command line is one line", argv);
    require_clean(format_plan(plan, Facts{}));
    const std::string json = format_json(plan, Facts{});
    require_clean(json);
    require(nlohmann::json::accept(json), "the plan as JSON is JSON", json);
  });
}

const Registration registration{"vm-file", run};

}  // namespace
}  // namespace xenlaunch::fuzz
