// The steps of the executor that are about QEMU.
#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/sealed_memory.h"
#include "devicemodel/held_start.h"
#include "devicemodel/qemu_args.h"
#include "devicemodel/qemu_user.h"
#include "launcher/host/mount_table.h"
#include "launcher/host/password_file.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/video_bios.h"
#include "launcher/plan/disk_nodes.h"
#include "launcher/plan/qemu_cage.h"
#include "launcher/run/executor.h"
#include "launcher/run/handed_images.h"
#include "launcher/run/qemu_confinement.h"
#include "xenstore/await_node.h"
#include "xenstore/paths.h"

namespace xenlaunch {

namespace {

/// Whether two that open their images at the same time could both repair one. Both write to the
/// tables of a qcow2 image that needs it; a raw one has none.
bool has_repairable_disk(const LaunchPlan& plan) {
  return std::ranges::any_of(plan.disks, [](const PlannedDisk& disk) {
    return disk.backend == DiskBackend::qdisk && disk.config.format != DiskFormat::raw;
  });
}

/// QEMU writes to a ROM before it reads it, as sysfs' `rom` wants it, and has to fail with that.
FileDescriptor open_rom(const std::string& path) {
  const VideoBios bios = read_video_bios(path);
  if (bios.image.empty())
    throw Error{ExitCode::host, "cannot use the ROM file " + path + ": " + bios.problem};
  return sealed_memory("video BIOS", bios.image);
}

}  // namespace

/// The traditional QEMU is not held: it is started when what it looks at is there.
bool Executor::holds_device_model() const {
  return plan_.vm.device_model.profile == DeviceModelProfile::upstream;
}

void Executor::start_device_model() {
  try {
    spawn_device_model();
  } catch (const Error& error) {  // nothing is noted of a QEMU that was never there
    std::error_code ignored;
    // By it those are found that hang.
    if (error.code != ExitCode::host_left_changed)
      std::filesystem::remove(qemu_root(facts_.domid), ignored);
    throw;
  }
}

void Executor::spawn_device_model() {
  DeviceModelStart start{.argv = render_argv(plan_, facts_),
                         .log = settings_.directories.log(plan_.vm.name)};
  if (holds_device_model()) start.hold = hold_socket(facts_.domid);
  const std::vector<HandedImage> images =
      open_handed_images(plan_.disks, settings_.trusted_folders);
  const std::vector<FileDescriptor> taps = hand_taps(start);
  const std::optional<PciAddress>& igd = plan_.device_model.hidden_rom;
  FileDescriptor rom;
  if (igd && plan_.device_model.romfile) {
    rom = open_rom(*plan_.device_model.romfile);
    start.kept = {rom.get()};
    start.folder_views = {host_.pci.show_rom(*igd, rom.get(), device_view(facts_.domid))};
  }
  if (igd) start.views = {host_.pci.hide_rom(*igd, resource_view(facts_.domid))};
  if (plan_.vm.device_model.confined)
    start.confinement = confinement(what_qemu_writes(plan_), own_namespaces(needs_network(plan_)));
  if (start.confinement) start.environment = environment_of_qemu();
  if (plan_.device_model.users) make_qemu_root(qemu_root(facts_.domid), user_of_qemu());
  if (plan_.device_model.disk_server != DiskServer::none) {
    add_disk_server(start, images);
  } else {
    for (const GivenFile& image : given_files(images)) start.given.push_back(image);
    if (start.confinement && plan_.device_model.users && !plan_.device_model.restricted)
      start.confinement->root = root_of_qemu(qemu_root(facts_.domid), user_of_qemu(), images);
  }
  if (needs_broker(plan_)) add_broker(start);
  // Looked at before the start; but a launcher that has taken the VM over may be in another place.
  if (const std::string because = why_not_limited(plan_); !because.empty())
    throw Error{ExitCode::device_model, "limit what QEMU takes", because};
  if (plan_.no_group.because.empty())
    start.control_group = {.domid = domid(), .vm = plan_.vm.name, .limits = limits_of(plan_)};
  device_model_pid_ = host_.device_model.spawn(start);
}

uid_t Executor::user_of_qemu() const {
  return plan_.device_model.users->first + domid();
}

std::optional<Confinement> Executor::confinement(const std::vector<std::filesystem::path>& written,
                                                 int namespaces) {
  if (!can_confine()) {
    progress_.warning(
        "QEMU can write to all of dom0: this kernel cannot confine it, as Linux 5.12 "
        "and later can");
    return std::nullopt;
  }
  Confinement confinement =
      confine(written, parse_mountinfo(read_if_readable("/proc/self/mountinfo").value_or("")));
  confinement.namespaces = namespaces;
  if (plan_.device_model.users) confinement.processes = limits_of(plan_).tasks;
  return confinement;
}

/// Its limits hold from the first thing on that it does for the guest.
void Executor::release_device_model() {
  join_control_group();
  write_device_model_pid();
  host_.device_model.let_go(hold_socket(facts_.domid));
  if (plan_.device_model.disk_server != DiskServer::none && !has_repairable_disk(plan_))
    host_.device_model.let_go(disk_server_hold(facts_.domid));
}

void Executor::write_device_model_pid() {
  host_.store.write({{domain_path(facts_.domid) + "/image/device-model-pid",
                      std::to_string(device_model_pid_), Access::guest_reads}},
                    domid());
}

void Executor::join_control_group() {
  try {
    host_.device_model.join_control_group();
  } catch (const Error& error) {
    if (needs_control_group(plan_.vm)) throw;
    progress_.warning(error.what());
  }
}

void Executor::fail_unless_starting(Event event) const {
  if (event == Event::stop_requested)
    throw Error{ExitCode::interrupted,
                "cannot start " + plan_.vm.name + ": asked to stop before the guest ran"};
  if (const auto end = host_.device_model.companion_ended())
    throw Error{ExitCode::device_model, "cannot start QEMU: " + *end + last_said()};
  if (event != Event::device_model_ended) return;
  const std::optional<ProcessEnd> end = host_.device_model.ended();
  std::string message =
      "cannot start QEMU: it " + (end ? end->to_string() : "ended") + " before it was ready";
  const std::string words = host_.device_model.last_words();
  message += words.empty() ? "; it said nothing" : ": " + words;
  throw Error{ExitCode::device_model, message};
}

void Executor::await_device_model() {
  const std::string state = device_model_node("state");
  if (!holds_device_model()) {
    join_control_group();
    write_device_model_pid();
  }
  const auto deadline = std::chrono::steady_clock::now() + settings_.ready_timeout;
  device_model_watch_.emplace(host_.store, state);
  const bool is_ready = plan_.device_model.restricted
                            ? await_answer(deadline)
                            : await_node(
                                  host_.store, host_.events, state, deadline,
                                  [](const auto& value) { return value == "running"; },
                                  [this](Event event) { fail_unless_starting(event); });
  if (is_ready && plan_.device_model.disk_server != DiskServer::none && has_repairable_disk(plan_))
    host_.device_model.let_go(disk_server_hold(facts_.domid));
  if (is_ready) return await_served_disks(deadline);
  throw Error{ExitCode::device_model, "cannot start QEMU: it was not ready within " +
                                          std::to_string(settings_.ready_timeout.count()) + " s" +
                                          last_said()};
}

/// The end of a sentence about a QEMU that does not do what it should.
std::string Executor::last_said() const {
  const std::string words = host_.device_model.last_words();
  return words.empty() ? "" : ", and last said: " + words;
}

/// One that is restricted tells nothing in xenstore (xenstore_record_dm_state of its
/// hw/i386/xen/xen-hvm.c): we do, for the other tools.
bool Executor::await_answer(std::chrono::steady_clock::time_point deadline) {
  constexpr std::chrono::milliseconds time_to_listen{10};
  while (!host_.device_model.answers(qmp_socket(facts_.domid))) {
    const auto now = std::chrono::steady_clock::now();
    if (now >= deadline) return false;
    fail_unless_starting(host_.events.wait(std::min(deadline, now + time_to_listen)));
  }
  host_.store.write({{device_model_node("state"), "running", Access::dom0_only}}, domid());
  return true;
}

/// Who serves them takes them up when it has started; those that it cannot serve stay as they were
/// written.
void Executor::await_served_disks(std::chrono::steady_clock::time_point deadline) {
  for (const PlannedDisk& disk : plan_.disks) {
    const bool is_served_apart =
        disk.backend == DiskBackend::qdisk && plan_.device_model.disk_server != DiskServer::none;
    if (!disk.handed && !is_served_apart) continue;
    const std::string state = backend_node(disk, facts_) + "/state";
    const Watch watch{host_.store, state};
    // InitWait, Initialised or Connected.
    if (await_node(
            host_.store, host_.events, state, deadline,
            [](const auto& value) { return value == "2" || value == "3" || value == "4"; },
            [this](Event event) { fail_unless_starting(event); }))
      continue;
    throw Error{ExitCode::device_model, "cannot give the guest " + disk.config.target +
                                            ": QEMU does not open " + disk.config.image +
                                            last_said()};
  }
}

/// pci-ins of tools/libs/light/libxl_pci.c (qemu_pci_add_xenstore).
void Executor::insert_device(const Step& step) {
  const PassthroughSpec& place = plan_.device_model.passthrough[*step.device];
  host_.store.write({{device_model_node("parameter"), place.host.to_string(), Access::dom0_only},
                     {device_model_node("command"), "pci-ins", Access::dom0_only}},
                    domid());
  std::optional<std::string> state;
  await_node(
      host_.store, host_.events, device_model_node("state"),
      std::chrono::steady_clock::now() + settings_.ready_timeout,
      [&state](const auto& value) {
        state = value;
        return value == "pci-inserted" || value == "pci-insert-failed";
      },
      [this](Event event) { fail_unless_starting(event); });
  if (state != "pci-inserted")
    throw Error{ExitCode::device_model,
                "cannot pass " + place.host.to_string() + ": QEMU did not take it"};
  host_.store.write({{device_model_node("state"), "running", Access::dom0_only}}, domid());
}

/// A QEMU that does not answer may have ended, and then has said why.
void Executor::ask_device_model(const std::function<void()>& question) {
  constexpr std::chrono::seconds time_to_end{2};
  try {
    question();
  } catch (const Error&) {
    const auto deadline = std::chrono::steady_clock::now() + time_to_end;
    for (Event event{}; (event = host_.events.wait(deadline)) != Event::none;)
      fail_unless_starting(event);
    throw;
  }
}

/// Read as late as this, so that no file of ours ever has it.
void Executor::set_passwords() {
  const auto set = [this](ScreenProtocol protocol, const std::optional<std::string>& path,
                          std::size_t longest) {
    if (!path) return;
    const PasswordFile file = read_password_file(*path, longest);
    if (!file.password)
      throw Error{ExitCode::host, "cannot use the password file " + *path + ": " + file.problem};
    ask_device_model([&] {
      host_.device_model.set_password(qmp_socket(facts_.domid), protocol, *file.password);
    });
  };
  const VmConfig& vm = plan_.vm;
  if (vm.vnc) set(ScreenProtocol::vnc, vm.vnc->password_file, vnc_password_length);
  if (vm.spice) set(ScreenProtocol::spice, vm.spice->password_file, spice_password_length);
}

/// As libxl keeps it (tools/libs/light/libxl_dm.c).
void Executor::publish_vnc() {
  unsigned port = 0;
  ask_device_model([&] { port = host_.device_model.vnc_port(qmp_socket(facts_.domid)); });
  const std::string& listen = plan_.vm.vnc->listen;
  // Without the address `xl vncviewer` would look at localhost (libxl_vncviewer_exec).
  host_.store.write({{vnc_listen_node(facts_.domid), listen, Access::guest_reads},
                     {vnc_port_node(facts_.domid), std::to_string(port), Access::guest_reads}},
                    domid());
  progress_.info("the guest's screen is at " + listen + ", port " + std::to_string(port) +
                 " (VNC)");
}

void Executor::publish_serial() {
  std::string tty;
  ask_device_model([&] { tty = host_.device_model.serial_tty(qmp_socket(facts_.domid)); });
  host_.store.write({{domain_path(facts_.domid) + "/serial/0/tty", tty, Access::guest_reads}},
                    domid());
}

std::string Executor::device_model_node(const std::string& name) const {
  return device_model_path(facts_.domid) + "/" + name;
}

}  // namespace xenlaunch
