#include "devicemodel/control_group.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>
#include <sstream>
#include <utility>

#include "base/error.h"
#include "base/pidfd.h"
#include "base/read_file.h"
#include "base/text.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

/// Where systemd has virtual machines and containers (systemd.special(7)).
constexpr const char* slice = "machine.slice";
constexpr std::chrono::seconds time_to_die{30};
constexpr std::chrono::seconds time_to_remove{5};

/// What `cat` says once it is in the scope. Anything before that comes from systemd-run.
constexpr std::string_view there = "there\n";

fs::path scope_of(const std::string& domid, const fs::path& folder) {
  return folder / slice / ("xenlaunch-" + domid + ".scope");
}

fs::path folder_of(const std::string& domid, const fs::path& folder) {
  return folder / ("xenlaunch-" + domid);
}

bool is_scope(const fs::path& group) {
  return group.extension() == ".scope";
}

/// 0, or errno.
int write_text(const fs::path& file, const std::string& text) {
  const FileDescriptor opened{::open(file.c_str(), O_WRONLY | O_CLOEXEC)};
  if (opened.get() < 0) return errno;
  return ::write(opened.get(), text.data(), text.size()) < 0 ? errno : 0;
}

/// A file of a control group, and what is to be in it.
struct Setting {
  std::string controller;
  const char* file;
  const char* property;  ///< of a unit of systemd's, for the same
  std::string value;
  std::string meaning;  ///< "1024 tasks"
};

std::vector<Setting> settings_of(const ResourceLimits& limits) {
  const std::string tasks = std::to_string(limits.tasks);
  std::vector<Setting> settings{{"pids", "pids.max", "TasksMax", tasks, tasks + " tasks"}};
  if (limits.memory_mib)
    settings.push_back({"memory", "memory.max", "MemoryMax",
                        std::to_string(*limits.memory_mib << 20),
                        std::to_string(*limits.memory_mib) + " MiB of memory"});
  if (limits.cpu_weight) {
    const std::string weight = std::to_string(*limits.cpu_weight);
    settings.push_back(
        {"cpu", "cpu.weight", "CPUWeight", weight, "a processor weight of " + weight});
  }
  return settings;
}

void require(const Setting& setting, const fs::path& group) {
  const fs::path file = group / setting.file;
  const FileContent content = read_file(file);
  if (content.bytes == setting.value + "\n") return;
  const std::string reason =
      content.error == ENOENT
          ? "dom0 has no controller " + setting.controller + " for control groups"
          : file.string() +
                (content.error != 0 ? ": " + content.reason : std::string{" does not take it"});
  throw Error{ExitCode::device_model, "limit QEMU to " + setting.meaning, reason};
}

/// Whether something of `events` happens before then.
bool awaits(int descriptor, short events, Clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
    pollfd polled{.fd = descriptor, .events = events, .revents = 0};
    if (left.count() <= 0) return false;
    const int ready = ::poll(&polled, 1, static_cast<int>(left.count()));
    if (ready >= 0 || errno != EINTR) return ready > 0;
  }
}

struct Pipe {
  FileDescriptor to_read;
  FileDescriptor to_write;
};

Pipe make_pipe() {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0)
    throw_errno(ExitCode::device_model, errno, "make a pipe");
  return {FileDescriptor{ends[0]}, FileDescriptor{ends[1]}};
}

/// What is in it; empty where that cannot be said.
std::vector<pid_t> processes_in(const fs::path& group) {
  std::istringstream lines{read_file(group / "cgroup.procs").bytes};
  std::vector<pid_t> processes;
  for (pid_t process{}; lines >> process;) processes.push_back(process);
  return processes;
}

/// All at once; one by one where the kernel cannot do that (before 5.14), or we are shown the
/// groups read-only.
void kill_all_in(const fs::path& group) {
  if (write_text(group / "cgroup.kill", "1") == 0) return;
  for (const pid_t process : processes_in(group))
    if (process > 1) ::kill(process, SIGKILL);
}

}  // namespace

std::vector<fs::path> control_groups_of(const std::string& domid) {
  const fs::path folder = GroupMaker{}.folder;
  return {scope_of(domid, folder), folder_of(domid, folder)};
}

ControlGroup::ControlGroup(const ControlGroupRequest& request, GroupMaker maker)
    : request_{request}, maker_{std::move(maker)} {
  const std::string domid = std::to_string(request.domid);
  group_ = maker_.systemd_run ? scope_of(domid, maker_.folder) : folder_of(domid, maker_.folder);
  try {
    if (maker_.systemd_run) begin_scope();
  } catch (const Error& error) {
    problem_ = error.what();
  }
}

ControlGroup::~ControlGroup() {
  if (holder_) {
    signal_process(holder_->process.pidfd, SIGKILL);
    if (ends_within(holder_->process.pidfd, time_to_die)) reap(holder_->process.pidfd);
  } else {
    ::rmdir(group_.c_str());
  }
}

/// `cat` answers from within the scope: systemd-run becomes it there. At the end of the host our
/// unit is stopped first, so that a launcher there has its guest shut down. Delegated is what makes
/// us the one who moves processes there; what limits need systemd adds.
void ControlGroup::begin_scope() {
  std::vector<std::string> argv{maker_.systemd_run->string(),
                                "--quiet",
                                "--scope",
                                "--collect",
                                "--no-ask-password",
                                "--unit=" + group_.filename().string(),
                                "--slice=" + std::string{slice},
                                "--description=QEMU of the VM " + request_.vm,
                                "--property=Delegate=pids"};
  if (!maker_.unit.empty()) argv.push_back("--property=Before=" + maker_.unit);
  for (const Setting& setting : settings_of(request_.limits))
    argv.push_back("--property=" + std::string{setting.property} + "=" + setting.value);
  argv.emplace_back("cat");
  Pipe input = make_pipe();
  Pipe output = make_pipe();
  Child process = spawn({.argv = argv,
                         .input = input.to_read.get(),
                         .output = output.to_write.get(),
                         .errors = output.to_write.get(),
                         .dies_with_us = true,
                         .environment = {{"PATH=/usr/bin:/bin"}}},
                        ExitCode::device_model);
  holder_.emplace(Holder{std::move(process), std::move(input.to_write), std::move(output.to_read)});
  if (::write(holder_->input.get(), there.data(), there.size()) < 0)
    throw_errno(ExitCode::device_model, errno, "ask systemd for a control group");
}

void ControlGroup::await_scope() {
  constexpr std::size_t longest_answer = 500;
  const auto deadline = Clock::now() + maker_.time_to_answer;
  std::string answer;
  std::array<char, longest_answer> bytes{};
  while (!answer.ends_with(there) && answer.size() < longest_answer &&
         awaits(holder_->output.get(), POLLIN, deadline)) {
    const ssize_t length = ::read(holder_->output.get(), bytes.data(), bytes.size());
    if (length <= 0) break;
    answer.append(bytes.data(), static_cast<std::size_t>(length));
  }
  if (answer.ends_with(there)) return;
  answer.resize(answer.find_last_not_of('\n') + 1);
  throw Error{ExitCode::device_model,
              "cannot have systemd make the control group " + group_.filename().string() + ": " +
                  (answer.empty() ? "it does not answer" : printable(answer))};
}

/// What cannot be switched on or set is missed later, where the limits are looked at.
void ControlGroup::make_folder() {
  const std::vector<Setting> settings = settings_of(request_.limits);
  for (const Setting& setting : settings)
    write_text(maker_.folder / "cgroup.subtree_control", "+" + setting.controller);
  constexpr mode_t for_all_to_see = S_IRWXU | S_IRGRP | S_IXGRP | S_IROTH | S_IXOTH;
  if (::mkdir(group_.c_str(), for_all_to_see) != 0 && errno != EEXIST)
    throw_errno(ExitCode::device_model, errno, "make the control group " + group_.string());
  for (const Setting& setting : settings) write_text(group_ / setting.file, setting.value);
}

void ControlGroup::join(const std::vector<pid_t>& processes) {
  if (!problem_.empty()) throw Error{ExitCode::device_model, problem_};
  if (holder_)
    await_scope();
  else
    make_folder();
  for (const pid_t process : processes)
    if (const int error = write_text(group_ / "cgroup.procs", std::to_string(process));
        error != 0 && error != ESRCH)
      throw_errno(ExitCode::device_model, error,
                  "put QEMU into the control group " + group_.string());
  for (const Setting& setting : settings_of(request_.limits)) require(setting, group_);
}

void end_control_group(const fs::path& group) {
  const FileDescriptor events{::open((group / "cgroup.events").c_str(), O_RDONLY | O_CLOEXEC)};
  const std::string action = "end what is in the control group " + group.string();
  if (events.get() < 0 && errno != ENOENT && errno != ENODEV)
    throw_errno(ExitCode::device_model, errno, action);
  if (events.get() < 0) return;
  // The kernel tells of a change there by POLLPRI, from one read to the next.
  std::array<char, 128> text{};
  const auto is_populated = [&events, &text] {
    const ssize_t length = ::pread(events.get(), text.data(), text.size(), 0);
    return length > 0 && std::string_view{text.data(), static_cast<std::size_t>(length)}.find(
                             "populated 1") != std::string_view::npos;
  };
  if (is_populated()) kill_all_in(group);
  const auto deadline = Clock::now() + time_to_die;
  while (is_populated())
    if (!awaits(events.get(), POLLPRI, deadline))
      throw Error{ExitCode::device_model, action, "it hangs in the kernel"};
  if (!is_scope(group)) {
    ::rmdir(group.c_str());
    return;
  }
  // Who attaches to the same domain again needs its name. systemd is as quick as it is.
  constexpr int moment = 5;  // ms
  for (const auto end = Clock::now() + time_to_remove;
       ::access(group.c_str(), F_OK) == 0 && Clock::now() < end;)
    ::poll(nullptr, 0, moment);
}

}  // namespace xenlaunch
