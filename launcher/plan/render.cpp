#include "launcher/plan/render.h"

#include <fmt/format.h>

#include <string_view>

#include "devicemodel/qemu_args.h"
#include "launcher/plan/disk_nodes.h"
#include "launcher/plan/nic_nodes.h"
#include "launcher/plan/node_list.h"
#include "xenstore/paths.h"

namespace xenlaunch {
namespace {

std::string vm_path(const Facts& facts) {
  return "/vm/" + facts.uuid;
}
std::string libxl_path(const Facts& facts) {
  return "/libxl/" + facts.domid;
}
/// `path` with the part that is `word`, if there is one, replaced.
std::string replace_part(const std::string& path, const std::string& word,
                         const std::string& value) {
  std::string text = path + "/";
  if (const auto at = text.find("/" + word + "/"); at != std::string::npos)
    text.replace(at + 1, word.size(), value);
  text.pop_back();
  return text;
}
void add_memory_nodes(NodeList& nodes, const LaunchPlan& plan, const std::string& domain) {
  const std::uint64_t total_kib = plan.domain.memory_mib * 1024;
  const std::uint64_t videoram_kib = plan.domain.videoram_mib * 1024;
  nodes.add(domain, "memory/static-max", std::to_string(total_kib), Access::guest_reads);
  nodes.add(domain, "memory/target", std::to_string(total_kib - videoram_kib), Access::guest_reads);
  nodes.add(domain, "memory/videoram", std::to_string(videoram_kib), Access::guest_reads);
}

/// What xenconsoled reads. Not libxl's backend nodes: nobody needs them of a console that is
/// xenconsoled's, and QEMU asks for each of them while its start is waited for.
void add_console_nodes(NodeList& nodes, const Facts& facts) {
  const std::string frontend = domain_path(facts.domid) + "/console";
  nodes.add(frontend, "", "", Access::guest_reads);
  nodes.add(frontend, "limit", "1048576", Access::guest_reads);
  nodes.add(frontend, "type", "xenconsoled", Access::guest_reads);
  nodes.add(frontend, "output", "pty", Access::guest_reads);
  nodes.add(frontend, "tty", "", Access::guest_reads);
  nodes.add(frontend, "port", facts.console_port, Access::guest_reads);
  nodes.add(frontend, "ring-ref", facts.console_ring, Access::guest_reads);
}

}  // namespace

std::vector<std::string> render_argv(const LaunchPlan& plan, const Facts& facts) {
  return device_model_argv(plan.device_model, facts.domid);
}

std::vector<std::string> render_disk_server_argv(const LaunchPlan& plan, const Facts& facts) {
  if (plan.device_model.disk_server == DiskServer::none) return {};
  return disk_server_argv(plan.device_model, facts.domid);
}

std::vector<Node> render_domain_nodes(const LaunchPlan& plan, const Facts& facts) {
  const std::string domain = domain_path(facts.domid);
  const bool upstream = plan.vm.device_model.profile == DeviceModelProfile::upstream;
  const std::string device_model = upstream ? "qemu_xen" : "qemu_xen_traditional";
  NodeList nodes;
  nodes.add(domain, "", "", Access::guest_reads);
  nodes.add(vm_path(facts), "", "", Access::guest_reads);
  nodes.add(libxl_path(facts), "", "", Access::dom0_only);
  nodes.add(libxl_path(facts), "device", "", Access::dom0_only);
  nodes.add(domain, "vm", vm_path(facts), Access::guest_reads);
  nodes.add(domain, "name", plan.vm.name, Access::guest_reads);
  nodes.add_empty(domain, {"cpu", "memory", "device", "control", "hvmloader"}, Access::guest_reads);
  nodes.add_empty(
      domain,
      {"device/suspend/event-channel", "control/shutdown", "control/feature-poweroff",
       "control/feature-reboot", "control/feature-suspend", "control/feature-s3",
       "control/feature-s4", "control/sysrq", "data", "drivers", "feature", "attr", "error"},
      Access::guest_owns);
  nodes.add(domain, "control/platform-feature-multiprocessor-suspend", "1", Access::guest_reads);
  nodes.add(domain, "control/platform-feature-xs_reset_watches", "1", Access::guest_reads);
  nodes.add(vm_path(facts), "uuid", facts.uuid, Access::guest_reads);
  nodes.add(vm_path(facts), "name", plan.vm.name, Access::guest_reads);
  nodes.add(libxl_path(facts), "type", "hvm", Access::dom0_only);
  nodes.add(libxl_path(facts), "dm-version", device_model, Access::dom0_only);
  const std::string bios = plan.vm.firmware == Firmware::ovmf ? "ovmf" : "seabios";
  nodes.add(domain, "hvmloader/bios", upstream ? bios : "rombios", Access::guest_reads);
  // hvmloader moves RAM when this is missing, and upstream QEMU cannot follow: guest memory would
  // be corrupted.
  nodes.add(domain, "hvmloader/allow-memory-relocate", "0", Access::guest_reads);
  // Cached in place of uncached: Xen's own interface to its PV drivers then works many times as
  // fast on AMD's processors. hvmloader knows it from 4.21 on (pci_setup of
  // tools/firmware/hvmloader/pci.c).
  if (plan.xen >= XenVersion{4, 21})
    nodes.add(domain, "hvmloader/pci/xen-platform-pci-bar-uc", "0", Access::guest_reads);
  // QEMU would have to tell Xen that the guest sleeps (xen_suspend_notifier of its
  // hw/i386/xen/xen-hvm.c), and one that is restricted may not.
  const char* sleeps = plan.device_model.restricted ? "0" : "1";
  for (const auto& [key, value] :
       {std::pair{"acpi", "1"}, {"acpi_s3", sleeps}, {"acpi_s4", "1"}, {"acpi_laptop_slate", "0"}})
    nodes.add(domain, std::string{"platform/"} + key, value, Access::guest_reads);
  nodes.add(domain, "platform/device-model", device_model, Access::guest_reads);
  if (plan.domain.mmio_hole_mib != default_mmio_hole_mib)
    nodes.add(domain, "platform/mmio_hole_size", std::to_string(plan.domain.mmio_hole_mib << 20),
              Access::guest_reads);
  nodes.add(device_model_path(facts.domid), "", "", Access::dom0_only);
  add_disk_nodes(nodes, plan.disks, DiskBackend::qdisk, facts);
  return nodes.take();
}

std::vector<Node> render_disk_nodes(const LaunchPlan& plan, const Facts& facts) {
  NodeList nodes;
  add_disk_nodes(nodes, plan.disks, DiskBackend::blkback, facts);
  return nodes.take();
}

std::vector<Node> render_pci_nodes(const LaunchPlan& plan, const Facts& facts) {
  NodeList nodes;
  if (plan.devices.empty()) return {};
  const std::string backend = backend_path("pci", facts.domid) + "/0";
  const std::string frontend = domain_path(facts.domid) + "/device/pci/0";
  nodes.add(backend, "", "", Access::guest_reads);
  nodes.add(backend, "frontend", frontend, Access::guest_reads);
  nodes.add(backend, "frontend-id", facts.domid, Access::guest_reads);
  nodes.add(backend, "online", "1", Access::guest_reads);
  nodes.add(backend, "state", "1", Access::guest_reads);
  nodes.add(backend, "domain", plan.vm.name, Access::guest_reads);
  for (std::size_t i = 0; i < plan.devices.size(); ++i) {
    const PassthroughSpec& place = plan.device_model.passthrough[i];
    const PciDeviceConfig& options = plan.vm.pci[i];
    const std::string address = place.host.to_string();
    nodes.add(backend, fmt::format("key-{}", i), address, Access::guest_reads);
    nodes.add(backend, fmt::format("dev-{}", i), address, Access::guest_reads);
    nodes.add(backend, fmt::format("vdevfn-{}", i),
              fmt::format("{:x}", place.slot << 3 | place.function), Access::guest_reads);
    nodes.add(backend, fmt::format("opts-{}", i),
              fmt::format("msitranslate=0,power_mgmt=0,permissive={},rdm_policy={}",
                          options.permissive ? 1 : 0,
                          options.rdm_policy == RdmPolicy::strict ? "strict" : "relaxed"),
              Access::guest_reads);
    nodes.add(backend, fmt::format("state-{}", i), "1", Access::guest_reads);
  }
  nodes.add(backend, "num_devs", std::to_string(plan.devices.size()), Access::guest_reads);
  nodes.add(frontend, "", "", Access::guest_owns_dom0_reads);
  nodes.add(frontend, "backend", backend, Access::guest_owns_dom0_reads);
  nodes.add(frontend, "backend-id", "0", Access::guest_owns_dom0_reads);
  nodes.add(frontend, "state", "1", Access::guest_owns_dom0_reads);
  return nodes.take();
}

std::vector<Node> render_nic_nodes(const LaunchPlan& plan, const Facts& facts) {
  return nic_nodes(plan.nics, facts);
}

std::vector<Node> render_build_nodes(const LaunchPlan& plan, const Facts& facts) {
  const std::string domain = domain_path(facts.domid);
  NodeList nodes;
  add_memory_nodes(nodes, plan, domain);
  nodes.add(domain, "domid", facts.domid, Access::guest_reads);
  nodes.add(domain, "store/port", facts.store_port, Access::guest_reads);
  nodes.add(domain, "store/ring-ref", facts.store_ring, Access::guest_reads);
  for (unsigned vcpu = 0; vcpu < plan.domain.vcpus; ++vcpu)
    nodes.add(domain, fmt::format("cpu/{}/availability", vcpu), "online", Access::guest_reads);
  nodes.add(vm_path(facts), "rtc/timeoffset", std::to_string(plan.domain.clock.offset_seconds),
            Access::guest_reads);
  nodes.add(vm_path(facts), "image/ostype", "hvm", Access::guest_reads);
  nodes.add(vm_path(facts), "start_time", facts.start_time, Access::guest_reads);
  add_console_nodes(nodes, facts);
  return nodes.take();
}

std::vector<Node> render_xenstore(const LaunchPlan& plan, const Facts& facts) {
  std::vector<Node> all = render_domain_nodes(plan, facts);
  for (const auto& part : {render_disk_nodes(plan, facts), render_nic_nodes(plan, facts),
                           render_pci_nodes(plan, facts), render_build_nodes(plan, facts)})
    all.insert(all.end(), part.begin(), part.end());
  return all;
}

std::vector<std::string> domain_node_roots(const Facts& facts) {
  return {domain_path(facts.domid), vm_path(facts), libxl_path(facts),
          backend_path("qdisk", facts.domid), device_model_path(facts.domid)};
}

std::vector<std::string> pci_node_roots(const Facts& facts) {
  return {backend_path("pci", facts.domid), domain_path(facts.domid) + "/device/pci"};
}

std::vector<std::string> disk_node_roots(const LaunchPlan& plan, const Facts& facts) {
  return blkback_node_roots(plan.disks, facts);
}

Undo render_undo(const Undo& planned, const Facts& facts) {
  const Facts words;
  Undo undo = planned;
  for (std::string& node : undo.nodes) {
    node = replace_part(node, words.domid, facts.domid);
    node = replace_part(node, words.uuid, facts.uuid);
  }
  return undo;
}

std::vector<Node> render_device_nodes(const LaunchPlan& plan, const Facts& facts) {
  NodeList nodes;
  nodes.add(device_model_path(facts.domid), "", "", Access::dom0_only);
  add_disk_nodes(nodes, plan.disks, DiskBackend::qdisk, facts);
  return nodes.take();
}

std::vector<std::string> device_node_roots(const LaunchPlan& plan, const Facts& facts) {
  const std::string domain = domain_path(facts.domid);
  std::vector<std::string> roots{
      device_model_path(facts.domid), domain + "/image/device-model-pid",
      domain + "/serial/0/tty",       vnc_port_node(facts.domid),
      vnc_listen_node(facts.domid),   backend_path("qdisk", facts.domid)};
  for (const Node& node : render_device_nodes(plan, facts))
    if (node.value.empty() && node.path != roots.front()) roots.push_back(node.path);
  return roots;
}

}  // namespace xenlaunch
