#pragma once

#include <fcntl.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "launcher/host/nic_host.h"
#include "tests/fakes/journal.h"

namespace xenlaunch::test {

/// Scripts are named by their arguments: "/script online type_if=vif".
class FakeNicHost final : public NicHost {
 public:
  explicit FakeNicHost(Journal& journal) : journal_{journal} {}
  std::map<std::string, ProgramResult> results;  ///< of those that do not succeed
  std::map<std::string, ScriptCall> calls;       ///< the last with these arguments
  int running = 0;
  std::function<void()> at_finish = [] {};

  std::unique_ptr<RunningScript> start(const ScriptCall& call) override {
    std::string name;
    for (const std::string& word : call.argv) name += (name.empty() ? "" : " ") + word;
    journal_.add("start " + name);
    calls[name] = call;
    return std::make_unique<Script>(*this, name);
  }
  FileDescriptor make_tap(const std::string& name) override {
    journal_.add("make tap " + name);
    return FileDescriptor{::open("/dev/null", O_RDWR | O_CLOEXEC)};
  }
  void await_backend_gone(std::uint32_t domid, unsigned index) override {
    journal_.add("await vif-" + std::to_string(domid) + "-" + std::to_string(index) + " gone");
  }

 private:
  class Script final : public RunningScript {
   public:
    Script(FakeNicHost& host, std::string name) : host_{host}, name_{std::move(name)} {
      ++host_.running;
    }
    Script(const Script&) = delete;
    Script& operator=(const Script&) = delete;
    ~Script() override {
      if (!finished_) host_.journal_.lines.push_back("kill " + name_);
      if (!finished_) --host_.running;
    }
    ProgramResult finish() override {
      finished_ = true;
      --host_.running;
      host_.at_finish();
      host_.journal_.add("finish " + name_);
      const auto result = host_.results.find(name_);
      return result == host_.results.end() ? ProgramResult{} : result->second;
    }

   private:
    FakeNicHost& host_;
    std::string name_;
    bool finished_ = false;
  };
  Journal& journal_;
};

}  // namespace xenlaunch::test
