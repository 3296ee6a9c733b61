#include "launcher/run/vm_request.h"

#include <set>

#include "base/confinement.h"
#include "devicemodel/group_maker.h"
#include "launcher/checks/qemu_findings.h"
#include "launcher/config/vm_reader.h"
#include "launcher/host/host_disks.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/trusted_file.h"
#include "launcher/plan/qemu_cage.h"
#include "launcher/plan/resolve.h"

namespace xenlaunch {

VmRequest read_vm_request(const std::filesystem::path& vm_file, const StartMode& mode) {
  VmRequest request;
  request.vm_file_text = read_vm_file_text(vm_file);
  request.vm = parse_vm_file(request.vm_file_text, vm_file);
  request.mode = mode;
  return request;
}

PlannedVm plan_vm(const VmConfig& vm, const std::vector<Finding>& left_out,
                  const std::filesystem::path& root, const HostSettings& settings,
                  const StartMode& mode, const AnswersFolder& kept) {
  PlannedVm planned;
  std::vector<PciAddress> addresses;
  for (const PciDeviceConfig& device : vm.pci) addresses.push_back(device.address);
  planned.pci = read_host_pci(root, addresses);
  HostPrograms programs;
  // To ask it is to run it. One that runs already was judged by who started it.
  const auto ask = [&](const std::string& path, const std::set<QemuQuestion>& questions) {
    const auto writer =
        mode.take_over ? std::nullopt : other_writer(path, settings.trusted_folders);
    return writer ? QemuAbilities{.unknown_because = *writer}
                  : ask_qemu(path, questions, programs, kept);
  };
  const HostDisks disks = read_host_disks(vm.disks, root, [&] {
    const QemuAbilities qemu =
        ask(vm.device_model.path.value_or(settings.qemu), {QemuQuestion::help});
    return qemu.help ? qemu.help->version : std::string{};
  });
  const std::vector<HostUsbDevice> usb =
      vm.usb.devices.empty() ? std::vector<HostUsbDevice>{} : read_host_usb(root);
  planned.plan = resolve(vm, planned.pci, settings, mode, disks, usb);
  // One that runs already has shown what it can; but a restart of the guest makes a new one.
  LaunchPlan& plan = planned.plan;
  const std::set<QemuQuestion> questions = mode.take_over && !questions_of(plan).empty()
                                               ? std::set{QemuQuestion::help}
                                               : questions_of(plan);
  if (root == "/") plan.qemu = ask(plan.device_model.path, questions);
  set_taps(plan);
  set_user(plan, choose_user(plan, settings.first_qemu_user, root != "/" || can_confine()));
  const GroupMaker groups = root == "/" ? this_hosts_group_maker() : GroupMaker{};
  set_control_group(plan, root == "/" ? lack_of_groups(groups) : GroupLack{},
                    groups.is_unit_made_for_us ? groups.unit : "");
  planned.plan.left_out.insert(planned.plan.left_out.begin(), left_out.begin(), left_out.end());
  return planned;
}

}  // namespace xenlaunch
