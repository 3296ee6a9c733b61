// What the executor starts beside QEMU.
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "devicemodel/held_start.h"
#include "devicemodel/qemu_user.h"
#include "devicemodel/system_call_filter.h"
#include "launcher/broker/broker.h"
#include "launcher/host/own_program.h"
#include "launcher/plan/disk_nodes.h"
#include "launcher/run/executor.h"
#include "launcher/run/handed_images.h"
#include "launcher/run/qemu_confinement.h"
#include "xenstore/filter_rules.h"

namespace xenlaunch {

/// It needs xenstore, event channels and grants, and no hypercalls: in the place of
/// /dev/xen/privcmd it has a device that takes them and does nothing. In that of xenbus, by which
/// libxenstore connects where it finds no xenstored, one that stays root has the filter's socket.
Companion Executor::disk_server(const std::vector<HandedImage>& images,
                                const std::optional<FileRules>& wall) {
  Companion server{
      .what = disk_server_name,
      .is_vital = true,
      .argv = held(render_disk_server_argv(plan_, facts_)),
      .socket = disk_server_hold(facts_.domid),
      .given = given_files(images),
      .views = {{.shown = "/dev/null", .in_place_of = "/dev/xen/privcmd"}},
      .confinement = confinement(what_disk_server_writes(plan_), own_namespaces(false)),
      .environment = environment_of_qemu()};
  const bool is_own_user = plan_.device_model.disk_server == DiskServer::own_user;
  if (server.confinement && !is_own_user && !wall)
    progress_.warning(
        "what serves the paravirtual disks stays root, and is kept from little: for that this "
        "kernel needs Landlock, QEMU has to be in /usr, and the images must not be in /run");
  const std::filesystem::path socket = store_filter_socket(facts_.domid);
  const std::string store = "XENSTORED_PATH=";
  if (server.confinement && is_own_user) {
    server.confinement->root =
        root_of_qemu(qemu_root(facts_.domid), user_of_qemu(), images, socket);
    server.environment->push_back(store + socket.string());
  } else if (server.confinement && wall) {
    const char* xenbus = "/dev/xen/xenbus";
    server.views.push_back({.shown = socket, .in_place_of = xenbus});
    server.views.push_back({.shown = qemu_root(facts_.domid), .in_place_of = "/run"});
    server.confinement->files = wall;
    server.confinement->system_calls = system_call_filter(SystemCalls::behind_a_wall);
    server.environment->push_back(store + xenbus);
  }
  return server;
}

/// One that stays root is kept from xenstored only where it is kept from the rest of dom0's files.
void Executor::add_disk_server(DeviceModelStart& start, const std::vector<HandedImage>& images) {
  const bool is_root = plan_.device_model.disk_server == DiskServer::root;
  const auto wall = is_root && has_landlock() ? what_root_opens(plan_) : std::nullopt;
  if (!is_root || wall) start.companions.push_back(store_filter());
  start.companions.push_back(disk_server(images, wall));
}

/// A process of ours that a broken QEMU speaks to makes no others and signals none.
std::optional<Confinement> Executor::confinement_of_ours() {
  std::optional<Confinement> ours = confinement({}, own_namespaces(false));
  if (ours) ours->system_calls = system_call_filter(SystemCalls::behind_a_wall);
  return ours;
}

Companion Executor::store_filter() {
  FilterRules rules{.domid = domid()};
  for (const PlannedDisk& disk : plan_.disks)
    if (disk.backend == DiskBackend::qdisk)
      rules.disks.push_back(std::filesystem::path{backend_node(disk, facts_)}.filename());
  std::vector<std::string> argv{own_program, store_filter_word};
  const auto words = words_of(rules);
  argv.insert(argv.end(), words.begin(), words.end());
  return {.what = store_filter_name,
          .is_vital = true,
          .argv = std::move(argv),
          .ends_last = true,
          .socket = store_filter_socket(facts_.domid),
          .socket_group = user_of_qemu(),
          .confinement = confinement_of_ours(),
          .environment = environment_of_qemu()};
}

/// Nobody but root has the handle of Xen that it works with, so it stays root; it is caged as QEMU
/// is.
void Executor::add_broker(DeviceModelStart& start) {
  std::vector<std::string> argv{own_program, broker_word};
  const auto rules = words_of({.domid = domid(), .devices = plan_.domain.devices});
  argv.insert(argv.end(), rules.begin(), rules.end());
  start.companions.push_back({.what = "what asks Xen for its passed devices",
                              .argv = std::move(argv),
                              .ends_last = true,
                              .number = brokers_file,
                              .confinement = confinement_of_ours(),
                              .environment = environment_of_qemu()});
  start.environment = environment_of_qemu();
  start.environment->push_back("LD_PRELOAD=" + broker_library().string());
}

}  // namespace xenlaunch
