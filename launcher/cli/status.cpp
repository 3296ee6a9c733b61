// list and status.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/size.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/plan/qemu_cage.h"
#include "launcher/session/running_qemu.h"
#include "launcher/session/vm_screen.h"
#include "launcher/session/vm_status.h"
#include "launcher/undo/state_folder.h"
#include "launcher/undo/state_names.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

std::string devices_text(const JournalContent& journal) {
  std::string text;
  for (const PciAddress& device : devices_of(journal))
    text += (text.empty() ? "" : " ") + device.to_string();
  return text.empty() ? "-" : text;
}

std::string memory_text(const VmStatus& status) {
  return status.domain ? fmt::format("{}MiB", status.domain->memory_kib / 1024) : "-";
}

/// Newest first, as it is undone; a change that needs no undo has nothing to tell.
json to_undo(const JournalContent& journal) {
  json names = json::array();
  // Not std::views::reverse: clang 14 does not compile that of libstdc++ 12.
  for (auto at = journal.entries.rbegin(); at != journal.entries.rend(); ++at)
    if (at->second.undo.kind != UndoKind::nothing)
      names.push_back(name_of(at->second.undo.kind, undo_kind_names));
  return names;
}

json screen_json(const std::optional<VmScreen>& screen) {
  if (!screen) return nullptr;
  if (!screen->socket.empty()) return {{"socket", screen->socket}};
  return {{"address", screen->address},
          {"port", screen->port ? json(*screen->port) : json(nullptr)}};
}

std::string screen_text(const VmScreen& screen) {
  if (!screen.socket.empty()) return "VNC at " + screen.socket;
  return "VNC at " + screen.address + ", port " +
         (screen.port ? std::to_string(*screen.port) : "not known");
}

std::optional<VmScreen> screen_of(const VmStatus& status, const ThisHost& host) {
  return read_vm_screen(status, host.directories, host.store);
}

std::optional<RunningQemu> qemu_of(const VmStatus& status) {
  if (!status.domain) return std::nullopt;
  return running_qemu(status.domain->domid,
                      status.launcher ? std::optional{status.launcher->pid} : std::nullopt);
}

json qemu_json(const RunningQemu& qemu) {
  const auto process_json = [](const CagedProcess& process) {
    return json{{"pid", process.pid}, {"confinement", process.confinement}};
  };
  json document = process_json(qemu);
  document["control_group"] = qemu.control_group.empty() ? json(nullptr) : json(qemu.control_group);
  document["disk_server"] = qemu.disk_server ? process_json(*qemu.disk_server) : json(nullptr);
  return document;
}

json status_json(const VmStatus& status, const ThisHost& host) {
  json document{
      {"name", status.vm},
      {"state", status.state},
      {"domid", status.journal.domid ? json(*status.journal.domid) : json(nullptr)},
      {"uuid", status.journal.header.uuid},
      {"owns_domain", status.journal.header.owns_domain},
      {"memory_mib", status.domain ? json(status.domain->memory_kib / 1024) : json(nullptr)},
      {"vcpus", status.domain ? json(status.domain->vcpus) : json(nullptr)},
      {"launcher", nullptr},
      {"qemu", nullptr},
      {"pci", json::array()},
      {"to_undo", to_undo(status.journal)},
      {"vnc", screen_json(screen_of(status, host))},
      {"log", host.directories.log(status.vm)},
      {"problem", status.problem.empty() ? json(nullptr) : json(status.problem)}};
  if (status.launcher)
    document["launcher"] = {{"pid", status.launcher->pid}, {"command", status.launcher->purpose}};
  if (const auto qemu = qemu_of(status)) document["qemu"] = qemu_json(*qemu);
  for (const PciAddress& device : devices_of(status.journal))
    document["pci"].push_back(device.to_string());
  return document;
}

std::string status_text(const VmStatus& status, const ThisHost& host) {
  std::string text = fmt::format("{}: {}\n", status.vm, status.state);
  const auto add = [&text](const char* what, const std::string& value) {
    text += fmt::format("  {:<10}{}\n", what, value);
  };
  if (status.journal.domid)
    add("domain", fmt::format("{}{}{}", *status.journal.domid,
                              status.domain ? "" : ", which Xen no longer has",
                              status.journal.header.owns_domain ? "" : ", a toolstack's"));
  if (status.domain)
    add("memory", fmt::format("{}, {} vCPUs", memory_text(status), status.domain->vcpus));
  add("devices", devices_text(status.journal));
  if (const auto screen = screen_of(status, host)) add("screen", screen_text(*screen));
  add("launcher", status.launcher ? fmt::format("process {} ({})", status.launcher->pid,
                                                status.launcher->purpose)
                                  : "none; `xenlaunch recover` sees to it");
  const auto add_process = [&add](const char* what, const CagedProcess& process) {
    add(what,
        fmt::format("process {}, {}", process.pid, describe_confinement(process.confinement)));
  };
  const std::optional<RunningQemu> qemu = qemu_of(status);
  if (qemu) add_process("QEMU", *qemu);
  if (qemu && !qemu->control_group.empty()) add("group", qemu->control_group);
  if (qemu && qemu->disk_server) add_process("disks", *qemu->disk_server);
  add("log", host.directories.log(status.vm).string());
  if (!status.problem.empty()) add("problem", status.problem);
  return text;
}

}  // namespace

ExitCode list_command(const Options& options, const ThisHost& host, std::ostream& out,
                      Progress& /*progress*/) {
  refuse_copy(options, "list the VMs on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  json document = json::array();
  std::string text;
  for (const std::string& vm : vms_with_state(host.directories.state)) {
    const std::optional<VmStatus> status = read_vm_status(host.directories, vm, *xen);
    if (!status) continue;  // it has just ended
    if (options.json) {
      document.push_back(status_json(*status, host));
      continue;
    }
    text += fmt::format("{:<20}  {:<10}  {:>5}  {:>9}  {}\n", vm, status->state,
                        status->journal.domid ? std::to_string(*status->journal.domid) : "-",
                        memory_text(*status), devices_text(status->journal));
  }
  out << (options.json ? json_text(document) : text.empty() ? "no VM\n" : text);
  return ExitCode::done;
}

ExitCode status_command(const Options& options, const ThisHost& host, std::ostream& out,
                        Progress& /*progress*/) {
  refuse_copy(options, "look at a VM on the host");
  const std::unique_ptr<Hypervisor> xen = host.xen();
  const VmStatus status =
      require_vm(host.directories, options.vm, "say how " + options.vm + " is", *xen);
  out << (options.json ? json_text(status_json(status, host)) : status_text(status, host));
  return ExitCode::done;
}

}  // namespace xenlaunch
