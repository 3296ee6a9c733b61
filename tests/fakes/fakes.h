#pragma once

#include <sys/eventfd.h>

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/file_descriptor.h"
#include "base/progress.h"
#include "launcher/host/host_access.h"
#include "tests/fakes/journal.h"

namespace xenlaunch::test {

class FakePciBinder final : public PciBinder {
 public:
  explicit FakePciBinder(Journal& journal) : journal_{journal} {}
  std::set<PciAddress> on_pciback;              ///< before the start
  std::map<PciAddress, PciFunction> functions;  ///< as they are before the start
  std::uint32_t irq_with_pciback = 0;           ///< what every function's becomes there
  ResetResult reset_result = ResetResult::done;
  std::set<PciAddress> bound;  ///< to pciback since the start

  std::set<PciAddress> gone;  ///< from the host

  bool is_there(const PciAddress& device) override { return !gone.contains(device); }
  PciFunction inspect(const PciAddress& device) override {
    PciFunction function = functions.at(device);
    if (bound.contains(device)) function.irq = irq_with_pciback;
    return function;
  }

  bool assign(const PciAddress& device) override {
    journal_.add("bind " + device.to_string() + " to pciback");
    bound.insert(device);
    return on_pciback.contains(device);
  }
  void drop_override(const PciAddress& device) override {
    journal_.add("drop the override of " + device.to_string());
  }
  void restore(const PciAddress& device, const std::optional<std::string>& driver) override {
    journal_.add("restore " + device.to_string() + " to " + driver.value_or("nothing"));
    bound.erase(device);
  }
  ResetResult reset(const PciAddress& device) override {
    journal_.add("reset " + device.to_string());
    return reset_result;
  }
  void choose_resets(const PciAddress& device, const std::vector<std::string>& methods) override {
    std::string line = "let " + device.to_string() + " be reset by";
    for (const std::string& method : methods) line += " " + method;
    journal_.add(line);
  }
  void switch_rom_on(const PciAddress& device) override {
    journal_.add("switch rom on " + device.to_string());
  }
  void switch_rom_off(const PciAddress& device) override {
    journal_.add("switch rom off " + device.to_string());
  }
  FileView hide_rom(const PciAddress& device, const std::filesystem::path& copy) override {
    return {.shown = copy, .in_place_of = "resource of " + device.to_string()};
  }
  FolderView show_rom(const PciAddress& device, int,
                      const std::filesystem::path& scratch) override {
    return {.in_place_of = "folder of " + device.to_string(), .scratch = scratch};
  }
  void await_backend_gone(std::uint32_t domid) override {
    journal_.add("await backend of " + std::to_string(domid) + " gone");
  }

 private:
  Journal& journal_;
};

class FakeBlockBackends final : public BlockBackends {
 public:
  explicit FakeBlockBackends(Journal& journal) : journal_{journal} {}
  bool opens = true;

  bool await_open(std::uint32_t domid, unsigned device,
                  const std::function<bool()>& is_refused) override {
    journal_.add("await disk " + std::to_string(device) + " of " + std::to_string(domid));
    return opens && !is_refused();
  }
  void await_gone(std::uint32_t domid) override {
    journal_.add("await disks of " + std::to_string(domid) + " gone");
  }

 private:
  Journal& journal_;
};

class FakeHypervisor final : public Hypervisor {
 public:
  static constexpr Domid new_domid = 7;  ///< of the first domain; each further one has one more
  explicit FakeHypervisor(Journal& journal) : journal_{journal} {}
  std::map<Domid, DomainState> domains{{0, {.domid = 0, .dying = false, .shutdown = {}}}};
  HypervisorInfo host{.hvm = true, .hap = true, .iommu = true, .free_kib = 1 << 23};
  std::vector<std::uint32_t> granted_irqs;
  std::vector<std::string> build_warnings;
  Domid next_domid = new_domid;

  std::string line = "console=com1,vga";

  HypervisorInfo info() override { return host; }
  std::string version() override { return "4.17.5"; }
  std::string command_line() override { return line; }
  std::string messages() override { return "(XEN) I/O virtualisation enabled\n"; }
  std::map<PciAddress, unsigned> nodes;
  std::vector<std::optional<unsigned>> numa_nodes(const std::vector<PciAddress>& devices) override {
    std::vector<std::optional<unsigned>> answer;
    for (const PciAddress& device : devices) {
      const auto found = nodes.find(device);
      answer.push_back(found == nodes.end() ? std::nullopt : std::optional{found->second});
    }
    return answer;
  }
  std::optional<DomainState> domain(Domid domid) override {
    const auto found = domains.find(domid);
    return found == domains.end() ? std::nullopt : std::optional{found->second};
  }
  Domid create(const DomainSpec&, const std::string& uuid) override {
    journal_.add("create domain " + uuid);
    const Domid domid = next_domid++;
    domains[domid] = {.domid = domid, .paused = true, .uuid = uuid};
    return domid;
  }
  std::optional<DomainState> find(const std::string& uuid) override {
    for (const auto& [domid, state] : domains)
      if (state.uuid == uuid && !state.dying) return state;
    return std::nullopt;
  }
  ChannelPorts configure(Domid domid, const DomainSpec&, Domid, Domid) override {
    journal_.add("configure " + std::to_string(domid));
    return {.store = 1, .console = 2};
  }
  RingFrames build(Domid domid, const DomainSpec&, const ChannelPorts&,
                   std::vector<std::string>& warnings) override {
    journal_.add("build " + std::to_string(domid));
    warnings = build_warnings;
    return {.store = 0xfeffc, .console = 0xfefff};
  }
  void pause(Domid domid) override { journal_.add("pause " + std::to_string(domid)); }
  void unpause(Domid domid) override {
    journal_.add("unpause " + std::to_string(domid));
    domains.at(domid).paused = false;
  }
  bool pv_drivers = false;
  bool has_pv_drivers(Domid) override { return pv_drivers; }
  void press_power_button(Domid domid) override {
    journal_.add("press the power button of " + std::to_string(domid));
  }
  void destroy(Domid domid) override {
    journal_.add("destroy " + std::to_string(domid));
    domains.erase(domid);
  }
  void press_reset_button(Domid domid) override {
    journal_.add("press the reset button of " + std::to_string(domid));
  }
  void assign(Domid domid, const DeviceGrant& device) override {
    journal_.add("assign " + device.address.to_string() + " to " + std::to_string(domid));
    granted_irqs.push_back(device.irq);
  }
  void deassign(Domid domid, const PciAddress& device) override {
    journal_.add("deassign " + device.to_string() + " from " + std::to_string(domid));
  }
  std::set<PciAddress> assigned;  ///< to somebody else's domain
  bool is_assigned(const PciAddress& device) override { return assigned.contains(device); }
  void quarantine(const PciAddress& device) override {
    journal_.add("quarantine " + device.to_string());
  }
  void release_to_dom0(const PciAddress& device) override {
    journal_.add("release " + device.to_string() + " to dom0");
  }

 private:
  Journal& journal_;
};

/// Keeps the nodes; the journal tells of changes alone.
class FakeStore final : public Store {
 public:
  explicit FakeStore(Journal& journal) : journal_{journal} {}
  std::map<std::string, std::string> nodes;
  std::set<std::string> watches;
  bool gone = false;    ///< xenstored has ended
  bool broken = false;  ///< the connection was given up, but xenstored takes another

  std::optional<std::string> read(const std::string& path) override {
    require();
    const auto found = nodes.find(path);
    return found == nodes.end() ? std::nullopt : std::optional{found->second};
  }
  std::vector<std::string> list(const std::string& path) override {
    require();
    std::set<std::string> names;
    for (const auto& [node, value] : nodes)
      if (node.starts_with(path + "/"))
        names.insert(
            node.substr(path.size() + 1, node.find('/', path.size() + 1) - path.size() - 1));
    return {names.begin(), names.end()};
  }
  void write(const std::vector<Node>& all, std::uint32_t) override {
    require();
    journal_.add("write " + all.front().path +
                 (all.size() == 1 ? " = " + all.front().value : " and others"));
    for (const Node& node : all) nodes[node.path] = node.value;
  }
  void write_unseen(const std::vector<Node>& all, std::uint32_t guest) override {
    write(all, guest);
  }
  void remove(const std::vector<std::string>& paths) override {
    require();
    journal_.add("remove " + paths.front() + (paths.size() == 1 ? "" : " and others"));
    for (const std::string& path : paths)
      std::erase_if(nodes, [&path](const auto& node) {
        return node.first == path || node.first.starts_with(path + "/");
      });
  }
  std::optional<std::string> claim(const Node& node,
                                   const std::function<bool(const std::string&)>& keep) override {
    journal_.add("claim " + node.path);
    const std::optional<std::string> there = read(node.path);
    if (there && keep(*there)) return there;
    nodes[node.path] = node.value;
    return std::nullopt;
  }
  void introduce(std::uint32_t domid, std::uint64_t, std::uint32_t) override {
    require();
    journal_.add("introduce " + std::to_string(domid));
  }
  void watch(const std::string& path) override {
    require();
    journal_.add("watch " + path);
    watches.insert(path);
  }
  void unwatch(const std::string& path) override {
    require();
    journal_.add("unwatch " + path);
    watches.erase(path);
  }
  std::vector<std::string> take_changes() override {
    require();
    return {};
  }
  Connection renew_if_broken() override {
    if (gone) return Connection::lost;
    if (!broken) return Connection::intact;
    broken = false;
    journal_.add("connect anew");
    return Connection::made_anew;
  }
  int change_fd() override {
    if (!change_) change_ = std::make_shared<FileDescriptor>(::eventfd(0, EFD_CLOEXEC));
    return change_->get();
  }

 private:
  void require() const {
    if (gone) throw Error{ExitCode::xenstore, "cannot reach xenstored: it has ended"};
    if (broken) throw Error{ExitCode::xenstore, "cannot use the connection"};
  }
  Journal& journal_;
  std::shared_ptr<FileDescriptor> change_;  ///< never readable
};

class FakeLocks final : public Locks {
 public:
  explicit FakeLocks(Journal& journal) : journal_{journal} {}
  std::shared_ptr<void> take(const std::string& name, const std::string&) override {
    journal_.add("lock " + name);
    return {nullptr, [this, name](void*) { journal_.lines.push_back("unlock " + name); }};
  }

 private:
  Journal& journal_;
};

/// What people are told stands apart from what is done.
class FakeProgress final : public Progress {
 public:
  explicit FakeProgress(Journal& journal) : journal_{journal} {}
  std::vector<std::string> messages;
  std::vector<ProgressEvent> events;

  void event(const ProgressEvent& one) override { events.push_back(one); }
  void step(const std::string& text) override { journal_.current_step = text; }
  void info(const std::string& text) override { messages.push_back(text); }
  void warning(const std::string& text) override { messages.push_back("warning: " + text); }

 private:
  Journal& journal_;
};

}  // namespace xenlaunch::test
