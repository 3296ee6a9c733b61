#include "launcher/checks/facts_reader.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "base/confinement.h"
#include "base/error.h"
#include "base/file_rules.h"
#include "base/text.h"
#include "base/version.h"
#include "devicemodel/group_maker.h"
#include "launcher/boot/host_boot.h"
#include "launcher/checks/device_facts.h"
#include "launcher/checks/dmar.h"
#include "launcher/gpu/gpu.h"
#include "launcher/host/dom0_needs.h"
#include "launcher/host/host_reader.h"
#include "launcher/host/pci_names.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/trusted_file.h"
#include "launcher/plan/qemu_cage.h"
#include "xenstore/paths.h"
#include "xenstore/store.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// A file, where it can be read, without the newline at its end.
std::optional<std::string> readable(const fs::path& file) {
  std::optional<std::string> text = read_if_readable(file);
  if (text && text->ends_with('\n')) text->pop_back();
  return text;
}

void read_processor(const fs::path& root, DoctorFacts& facts) {
  std::istringstream lines{readable(root / "proc/cpuinfo").value_or("")};
  for (std::string line; std::getline(lines, line);) {
    const std::string padded = line + " ";
    if (line.starts_with("vendor_id")) {
      if (line.ends_with("GenuineIntel")) facts.processor = ProcessorVendor::intel;
      if (line.ends_with("AuthenticAMD")) facts.processor = ProcessorVendor::amd;
    } else if (line.starts_with("flags")) {
      facts.has_vmx = padded.find(" vmx ") != std::string::npos;
      facts.has_svm = padded.find(" svm ") != std::string::npos;
    }
    if (line.empty()) return;  // the other processors are the same
  }
}

void read_iommu_tables(const fs::path& root, DoctorFacts& facts) {
  const fs::path tables = root / "sys/firmware/acpi/tables";
  facts.has_dmar = is_present(tables / "DMAR") || is_present(tables / "RMAD");
  facts.has_ivrs = is_present(tables / "IVRS");
  std::error_code ignored;
  for (fs::directory_iterator entry{root / "sys/class/iommu", ignored}, end; entry != end;
       entry.increment(ignored))
    ++facts.iommus;
  const std::optional<std::string> ivrs = read_if_readable(tables / "IVRS");
  try {
    if (ivrs) check_ivrs(*ivrs);
  } catch (const Error& error) {
    facts.table_problems.emplace_back(error.what());
  }
}

/// SecureBoot of the UEFI specification: four bytes of attributes, then 1 where it is on.
std::optional<bool> read_secure_boot(const fs::path& root) {
  if (!is_present(root / "sys/firmware/efi")) return false;
  const std::optional<std::string> variable =
      readable(root / "sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c");
  if (!variable || variable->size() < 5) return std::nullopt;
  return (*variable)[4] == 1;
}

bool process_runs(const fs::path& root, const std::string& name) {
  std::error_code ignored;
  for (fs::directory_iterator entry{root / "proc", ignored}, end; entry != end;
       entry.increment(ignored))
    if (readable(entry->path() / "comm") == name) return true;
  return false;
}

void read_gpu_names(DoctorFacts& facts) {
  PciNameList list;
  for (const Gpu& gpu : facts.devices.gpus) {
    const PciNames names = list.names(gpu.function.id);
    if (!names.device.empty())
      facts.gpu_names.emplace(gpu.function.address, names.vendor + " " + names.device);
  }
}

/// Which VM has which GPU, and what was not reset since; nothing where that cannot be asked.
void read_owners(const ThisHost& host, Hypervisor* xen, DoctorFacts& facts) {
  if (xen == nullptr || facts.xenstored_problem) return;
  std::vector<PciFunction> functions;
  for (const PciFunction& function : facts.devices.pci.functions)
    if (is_physical_gpu(function) || function.is_virtual_function()) functions.push_back(function);
  try {
    const std::unique_ptr<Store> store = host.store();
    facts.devices.owners = device_owners(functions, *store, *xen);
    facts.devices.unreset =
        unreset_devices(read_host_pci("/", devices_on_record(*store)).functions, *store);
  } catch (const Error& error) {
    facts.xenstored_problem = error.what();
  }
}

std::unique_ptr<Hypervisor> ask_xen(const ThisHost& host, DoctorFacts& facts) {
  std::unique_ptr<Hypervisor> xen;
  try {
    xen = host.xen();
    facts.xen_version = xen->version();
    const HypervisorInfo info = xen->info();
    facts.xen = XenFacts{.version = facts.xen_version,
                         .hvm = info.hvm,
                         .iommu = info.iommu,
                         .command_line = xen->command_line(),
                         .boot_messages = xen->messages()};
  } catch (const Error& error) {
    facts.xen_problem = error.what();
  }
  return xen;  // one of another version still tells its command line
}

std::optional<std::string> ask_xenstored(const ThisHost& host) {
  try {
    host.store()->read(domain_path(Domid{0}) + "/name");
    return std::nullopt;
  } catch (const Error& error) {
    return error.what();
  }
}

}  // namespace

QemuFacts read_qemu_facts(const std::string& path, Programs& programs, const AnswersFolder& kept) {
  QemuFacts facts{.path = path};
  if (::access(path.c_str(), X_OK) != 0) {
    facts.problem = errno_text(errno);
    return facts;
  }
  QemuAbilities qemu = ask_qemu(path, {QemuQuestion::help}, programs, kept);
  if (!qemu.help) {
    facts.problem = qemu.unknown_because;
    return facts;
  }
  facts.version = qemu.help->version;
  facts.unrestricted_because = why_never_restricted(*qemu.help);
  qemu = ask_qemu(path, {QemuQuestion::devices, QemuQuestion::igd_passthru}, programs, kept);
  if (qemu.devices) facts.has_pci_passthrough = qemu.devices->contains("xen-pci-passthrough");
  facts.has_igd_passthru = qemu.igd_passthru;
  facts.unknown_because = qemu.unknown_because;
  return facts;
}

DoctorFacts read_doctor_facts(const fs::path& root, const HostSettings& settings,
                              const ThisHost& host, Programs& programs) {
  DoctorFacts facts{.built_for_xen = built_for_xen};
  std::unique_ptr<Hypervisor> xen;
  const bool here = root == "/";
  if (here) {
    facts.running_under_xen = runs_under_xen();
    if (facts.running_under_xen) {
      xen = ask_xen(host, facts);
      facts.xenstored_problem = ask_xenstored(host);
    }
    if (auto writer = other_writer(settings.qemu, settings.trusted_folders))
      facts.qemu = {.path = settings.qemu, .problem = std::move(writer)};
    else
      facts.qemu =
          read_qemu_facts(settings.qemu, programs, {.path = host.directories.qemu_answers()});
    facts.can_confine = can_confine();
    facts.has_landlock = has_landlock();
    facts.no_control_groups = lack_of_groups(this_hosts_group_maker());
    for (const std::string& file : {settings.hvmloader, settings.seabios})
      if (::access(file.c_str(), R_OK) != 0)
        facts.firmware_problems.push_back(file + ": " + errno_text(errno));
  } else {
    facts.is_copy = true;
    facts.running_under_xen = is_present(root / "xen-commandline");
  }
  read_processor(root, facts);
  read_iommu_tables(root, facts);
  facts.xenconsoled_runs = process_runs(root, "xenconsoled");
  facts.devices = read_device_facts_of_dom0(root, read_host_gpus(root), settings, xen.get());
  facts.devices.dom0_needs = read_dom0_needs(root, functions_of(facts.devices.gpus));
  read_gpu_names(facts);
  if (facts.xen) read_owners(host, xen.get(), facts);
  facts.lockdown = readable(root / "sys/kernel/security/lockdown");
  facts.secure_boot = read_secure_boot(root);
  return facts;
}

}  // namespace xenlaunch
