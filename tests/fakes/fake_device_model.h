#pragma once

#include <deque>
#include <functional>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/event_loop.h"
#include "devicemodel/device_model.h"
#include "tests/fakes/journal.h"

namespace xenlaunch::test {

class FakeDeviceModel final : public DeviceModel {
 public:
  explicit FakeDeviceModel(Journal& journal) : journal_{journal} {}
  std::optional<ProcessEnd> end;
  std::string words;

  pid_t spawn(const DeviceModelStart& start) override {
    std::string line = "spawn " + start.argv.front() + " > " + start.log.string();
    if (start.hold) line += ", held at " + start.hold->string();
    for (const FolderView& view : start.folder_views)
      line += ", with " + view.scratch.string() + " as " + view.in_place_of.string() + " and " +
              std::to_string(start.kept.size()) + " descriptors";
    for (const FileView& view : start.views)
      line += ", with " + view.shown.string() + " as " + view.in_place_of.string();
    for (const Companion& companion : start.companions)
      line += ", beside it " + companion.what +
              (companion.socket ? ", listening at " + companion.socket->string() : "");
    journal_.add(line);
    asked_group = start.control_group;
    given.clear();
    for (const GivenFile& file : start.given) given.push_back(file.number);
    return 4711;
  }
  void let_go(const std::filesystem::path& hold) override {
    journal_.add("let go at " + hold.string());
  }
  std::vector<int> given;  ///< under which numbers it got descriptors
  std::optional<ControlGroupRequest> asked_group;
  std::optional<Error> group_problem;
  std::vector<std::filesystem::path> ended_groups;
  void join_control_group() override {
    if (group_problem) throw Error{*group_problem};
  }
  std::set<std::uint32_t> qemus;  ///< domains whose QEMU an earlier launcher has left running
  std::vector<std::string> told;

  bool adopted_disks = false;
  void adopt(std::uint32_t domid, const std::filesystem::path&, bool has_served_disks) override {
    adopted_disks = has_served_disks;
    if (!qemus.contains(domid)) end = ProcessEnd{.is_known = false};
  }
  std::optional<ProcessEnd> ended() override { return end; }
  std::optional<std::string> lost;
  std::optional<std::string> loss() override { return lost; }
  std::optional<std::string> companion_end;
  std::optional<std::string> companion_ended() override { return companion_end; }
  std::size_t silent = 0;  ///< so often it has not answered yet
  bool answers(const std::filesystem::path&) override { return silent == 0 || silent-- == 0; }
  void listen(const std::filesystem::path&) override {}
  std::vector<std::string> messages() override { return std::exchange(told, {}); }
  void kill(const DeviceModelRemains& remains) override {
    ended_groups = remains.control_groups;
    std::string line = "kill QEMU, remove";
    for (const std::filesystem::path& socket : remains.files) line += " " + socket.string();
    journal_.add(line);
  }
  std::string last_words() override { return words; }
  std::string serial_tty(const std::filesystem::path&) override { return "/dev/pts/3"; }
  void set_password(const std::filesystem::path&, ScreenProtocol protocol,
                    const std::string& password) override {
    journal_.add(std::string{"password of "} +
                 (protocol == ScreenProtocol::vnc ? "VNC " : "SPICE ") + password);
  }
  unsigned vnc_port(const std::filesystem::path&) override { return 5903; }

 private:
  Journal& journal_;
};

/// What happens, in order: each wait() plays one entry. Waiting for more is a bug of the test's
/// subject, which would wait for ever.
class FakeEvents final : public Events {
 public:
  std::deque<std::function<Event()>> script;
  std::optional<int> stopped_by;
  std::optional<std::size_t> stop_at_question;  ///< the signal comes before this stop_signal()
  std::size_t questions = 0;

  Event wait(Deadline deadline) override {
    if (script.empty()) {
      if (deadline) return Event::none;
      throw std::logic_error{"waits for ever"};
    }
    const std::function<Event()> next = std::move(script.front());
    script.pop_front();
    return next();
  }
  bool store_forgotten = false;
  void forget_store() override { store_forgotten = true; }
  std::optional<int> stop_signal() override {
    if (stop_at_question == questions++) stopped_by = 15;
    return stopped_by;
  }
};

}  // namespace xenlaunch::test
