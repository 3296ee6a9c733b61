#include "launcher/checks/preflight.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>

#include "base/error.h"
#include "base/size.h"
#include "launcher/host/device_owner.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

/// Asks without opening: closing a block device that was open for writing is an event to udev.
void check_readable(std::vector<Problem>& problems, const std::string& what,
                    const std::string& path, bool writable) {
  struct stat status {};
  std::string reason;
  if (::stat(path.c_str(), &status) != 0)
    reason = errno_text(errno);
  else if (!S_ISREG(status.st_mode) && !S_ISBLK(status.st_mode))
    reason = "it is neither a file nor a block device";
  else if (::access(path.c_str(), writable ? R_OK | W_OK : R_OK) != 0)
    reason = errno_text(errno);
  if (!reason.empty())
    problems.push_back({ExitCode::host, "cannot use " + what + " " + path + ": " + reason});
}

void check_program(std::vector<Problem>& problems, const std::string& path) {
  struct stat status {};
  std::string reason;
  if (::stat(path.c_str(), &status) != 0)
    reason = errno_text(errno);
  else if (!S_ISREG(status.st_mode))
    reason = "it is no file";
  else if (::access(path.c_str(), X_OK) != 0)
    reason = errno_text(errno);
  if (!reason.empty())
    problems.push_back({ExitCode::device_model,
                        "cannot run QEMU " + path + ": " + reason +
                            "; install qemu-system-xen, or name another one in device_model.path"});
}

/// Xen's own needs beside the guest's memory: the paging pool (see Domains::configure), the
/// domain itself.
std::uint64_t overhead_kib(const DomainSpec& domain) {
  constexpr std::uint64_t domain_itself_kib = 4096;
  return domain.slack_kib + paging_pool_kib(domain) + domain_itself_kib;
}

/// A sentence as it reads on behind a colon.
std::string in_sentence(std::string sentence) {
  if (!sentence.empty())
    sentence[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(sentence[0])));
  if (sentence.ends_with('.')) sentence.pop_back();
  return sentence;
}

}  // namespace

std::vector<Problem> check_files(const LaunchPlan& plan) {
  std::vector<Problem> problems;
  if (plan.vm.device_model.profile == DeviceModelProfile::traditional && !plan.vm.disks.empty())
    problems.push_back({ExitCode::device_model,
                        "cannot give the profile traditional disks: that QEMU learns of them "
                        "through xenstore, which is not supported yet; remove disks, or use the "
                        "profile upstream"});
  check_program(problems, plan.device_model.path);
  check_readable(problems, "hvmloader", plan.domain.hvmloader, false);
  check_readable(problems, "the firmware", plan.domain.firmware, false);
  for (const DiskConfig& disk : plan.vm.disks)
    check_readable(problems, disk.type == DiskType::cdrom ? "the CD-ROM image" : "the disk image",
                   disk.image, disk.type == DiskType::disk);
  if (plan.vm.direct_boot) {
    check_readable(problems, "the kernel", plan.vm.direct_boot->kernel, false);
    if (plan.vm.direct_boot->initrd)
      check_readable(problems, "the initrd", *plan.vm.direct_boot->initrd, false);
  }
  return problems;
}

std::vector<Problem> check_host_pci(const LaunchPlan& plan, const HostPci& host) {
  std::vector<Problem> problems;
  if (!plan.devices.empty() && !host.pciback_loaded)
    problems.push_back({ExitCode::host,
                        "cannot take PCI devices from dom0: pciback is not there; load it with "
                        "`modprobe xen-pciback`"});
  for (const PlannedDevice& device : plan.devices) {
    // As it is now: the plan may be older than the guest's last reboot.
    const PciFunction* now = host.find(device.function.address);
    if (now != nullptr && !now->answers)
      problems.push_back(
          {ExitCode::host, "cannot pass " + now->address.to_string() + ": " + does_not_answer});
    const bool vga = device.function.class_code >> 8 == 0x0300;
    if (device.function.address == PciAddress{0, 0, 2, 0} && !(device.integrated && vga))
      problems.push_back(
          {ExitCode::host, "cannot pass 0000:00:02.0 (" + device.function.id.to_string() +
                               ", class " + device.function.class_text() +
                               "): at that address QEMU passes only an Intel VGA controller (class "
                               "0300); some newer integrated GPUs are class 0380"});
    if (device.function.address == PciAddress{0, 0, 2, 0} && device.integrated &&
        !device.function.has_rom_file)
      problems.push_back(
          {ExitCode::host,
           "cannot pass the integrated GPU 0000:00:02.0: it has no video BIOS (no `rom` in "
           "sysfs), and QEMU cannot do without; a host that boots by UEFI alone keeps "
           "none: switch on legacy option ROMs (CSM) in the firmware setup"});
  }
  return problems;
}

std::vector<Problem> check_xen(const LaunchPlan& plan, const HypervisorInfo& xen) {
  std::vector<Problem> problems;
  if (!xen.hvm)
    problems.push_back(
        {ExitCode::xen,
         "cannot run an HVM guest: the processor's VT-x or AMD-V is missing or switched off; "
         "switch it on in the firmware setup"});
  if (!plan.devices.empty() && !xen.iommu)
    problems.push_back(
        {ExitCode::xen,
         "cannot pass PCI devices: Xen uses no IOMMU; switch on VT-d or AMD-Vi in the firmware "
         "setup, remove iommu=off from Xen's command line, and see `xl dmesg` for why"});
  const std::uint64_t needed_mib =
      plan.domain.memory_mib + (overhead_kib(plan.domain) + 1023) / 1024;
  if (needed_mib > xen.free_kib / 1024)
    problems.push_back(
        {ExitCode::xen, "cannot give the guest " + format_mib(plan.domain.memory_mib) +
                            ": with what Xen itself needs for it that is " +
                            std::to_string(needed_mib) + " MiB, and " +
                            std::to_string(xen.free_kib / 1024) +
                            " MiB are free; lower memory, end other VMs, "
                            "or make dom0 smaller (dom0_mem= on Xen's command line)"});
  return problems;
}

std::vector<Problem> check_domain(Domid domid, Domains& xen) {
  const std::string action = "cannot attach to domain " + std::to_string(domid) + ": ";
  const std::optional<DomainState> state = xen.domain(domid);
  if (!state || state->dying)
    return {{ExitCode::xen, action + "Xen has no such domain; `xl list` shows those it has"}};
  if (!state->paused)
    return {{ExitCode::xen, action + "it runs already, and would look for its devices before they "
                                     "are there; build it and leave it paused (xl create -p)"}};
  return {};
}

std::vector<Problem> check_owners(const LaunchPlan& plan, Store& store, Domains& xen,
                                  std::optional<Domid> own) {
  std::vector<Problem> problems;
  for (const std::string& domid : store.list(domains_path)) {
    const std::optional<DeviceOwner> domain = live_domain(domid, store, xen);
    if (!domain || domain->domid == own) continue;
    if (domain->name == plan.vm.name)
      problems.push_back({ExitCode::host,
                          "cannot use the name " + plan.vm.name + ": domain " + domid + " has it"});
    if (plan.vm.uuid && store.read(domain_path(domid) + "/vm") == "/vm/" + *plan.vm.uuid)
      problems.push_back({ExitCode::host, "cannot use the uuid " + *plan.vm.uuid + ": " +
                                              to_string(*domain) + " has it"});
  }
  for (const PlannedDevice& device : plan.devices)
    if (const auto owner = device_owner(device.function.address, store, xen))
      problems.push_back({ExitCode::host, "cannot pass " + device.function.address.to_string() +
                                              ": " + to_string(*owner) + " has it"});
  return problems;
}

std::vector<Problem> check_gpu(const std::string& action, const PciAddress& device,
                               const std::vector<Gpu>& gpus) {
  std::vector<Problem> problems;
  for (const Gpu& gpu : gpus) {
    if (gpu.function.address != device) continue;
    for (const std::string& reason : gpu.why_not)
      problems.push_back({ExitCode::host, "cannot " + action + ": " + in_sentence(reason)});
  }
  return problems;
}

std::vector<Problem> check_gpus(const LaunchPlan& plan, const std::vector<Gpu>& gpus) {
  std::vector<Problem> problems;
  for (const PlannedDevice& device : plan.devices) {
    const PciAddress& address = device.function.address;
    for (Problem& problem : check_gpu("pass " + address.to_string(), address, gpus))
      problems.push_back(std::move(problem));
  }
  return problems;
}

bool passes_a_gpu(const LaunchPlan& plan) {
  return std::ranges::any_of(
      plan.devices, [](const PlannedDevice& device) { return is_physical_gpu(device.function); });
}

void refuse(const std::vector<Problem>& problems) {
  if (problems.empty()) return;
  std::string text;
  for (const Problem& problem : problems) text += (text.empty() ? "" : "\n") + problem.text;
  throw Error{problems.front().code, text};
}

}  // namespace xenlaunch
