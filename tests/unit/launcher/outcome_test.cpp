#include "launcher/outcome.h"

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

constexpr DomainState alive{.domid = 7, .dying = false, .shutdown = {}};
constexpr DomainState dying{.domid = 7, .dying = true, .shutdown = {}};

constexpr DomainState shut_down(ShutdownReason reason) {
  return {.domid = 7, .dying = false, .shutdown = reason};
}

TEST_CASE("what is seen of a VM decides what has become of it, over the whole table") {
  struct Row {
    Observation seen;
    Verdict verdict;
  };
  // {domain, QEMU ended, its node is gone, stop requested}
  const std::vector<Row> table{
      {{alive, false, false, false}, Verdict::keep_running},
      {{alive, false, true, false}, Verdict::keep_running},
      {{alive, false, false, true}, Verdict::stop_requested},
      {{alive, false, true, true}, Verdict::stop_requested},
      {{alive, true, false, false}, Verdict::device_model_died},
      {{alive, true, true, false}, Verdict::being_destroyed},
      {{alive, true, false, true}, Verdict::stop_requested},
      {{alive, true, true, true}, Verdict::stop_requested},
  };
  for (const Row& row : table) CHECK((judge(row.seen) == row.verdict));

  for (const bool ended : {false, true}) {
    for (const bool gone : {false, true}) {
      for (const bool stop : {false, true}) {
        const auto judge_domain = [&](const std::optional<DomainState>& domain) {
          return judge({domain, ended, gone, stop});
        };
        CHECK(judge_domain(std::nullopt) == Verdict::destroyed);
        CHECK(judge_domain(dying) == Verdict::being_destroyed);
        CHECK(judge_domain(shut_down(ShutdownReason::poweroff)) == Verdict::powered_off);
        CHECK(judge_domain(shut_down(ShutdownReason::suspend)) == Verdict::powered_off);
        CHECK(judge_domain(shut_down(ShutdownReason::reboot)) == Verdict::rebooted);
        CHECK(judge_domain(shut_down(ShutdownReason::soft_reset)) == Verdict::rebooted);
        CHECK(judge_domain(shut_down(ShutdownReason::crash)) == Verdict::crashed);
        CHECK(judge_domain(shut_down(ShutdownReason::watchdog)) == Verdict::crashed);
        CHECK(judge_domain(shut_down(static_cast<ShutdownReason>(9))) == Verdict::crashed);
      }
    }
  }
}

TEST_CASE("the VM file decides what follows the guest's own end, nobody else's") {
  VmConfig vm;
  vm.on_poweroff = OnEvent::restart;
  vm.on_reboot = OnEvent::preserve;
  vm.on_crash = OnEvent::restart;
  CHECK(action_after(Verdict::powered_off, vm) == OnEvent::restart);
  CHECK(action_after(Verdict::rebooted, vm) == OnEvent::preserve);
  CHECK(action_after(Verdict::crashed, vm) == OnEvent::restart);
  CHECK(action_after(Verdict::device_model_died, vm) == OnEvent::restart);
  for (const Verdict end : {Verdict::being_destroyed, Verdict::destroyed, Verdict::stop_requested})
    CHECK(action_after(end, vm) == OnEvent::destroy);
}

TEST_CASE("the exit status tells how the guest ended") {
  CHECK(exit_code_for(Verdict::powered_off) == ExitCode::done);
  CHECK(exit_code_for(Verdict::destroyed) == ExitCode::done);
  CHECK(exit_code_for(Verdict::being_destroyed) == ExitCode::done);
  CHECK(exit_code_for(Verdict::stop_requested) == ExitCode::done);
  CHECK(exit_code_for(Verdict::rebooted) == ExitCode::guest_rebooted);
  CHECK(exit_code_for(Verdict::crashed) == ExitCode::guest_crashed);
  CHECK(exit_code_for(Verdict::device_model_died) == ExitCode::device_model);
  CHECK(exit_code_for(Verdict::keep_running) == ExitCode::internal);
}

TEST_CASE("exit statuses are the ones that toolstacks rely on") {
  CHECK(static_cast<int>(ExitCode::done) == 0);
  CHECK(static_cast<int>(ExitCode::internal) == 1);
  CHECK(static_cast<int>(ExitCode::usage) == 2);
  CHECK(static_cast<int>(ExitCode::vm_file) == 3);
  CHECK(static_cast<int>(ExitCode::host) == 4);
  CHECK(static_cast<int>(ExitCode::xen) == 5);
  CHECK(static_cast<int>(ExitCode::xenstore) == 6);
  CHECK(static_cast<int>(ExitCode::device_model) == 7);
  CHECK(static_cast<int>(ExitCode::host_left_changed) == 8);
  CHECK(static_cast<int>(ExitCode::guest_rebooted) == 32);
  CHECK(static_cast<int>(ExitCode::guest_crashed) == 33);
}

TEST_CASE("five restarts within a minute are allowed, a sixth is not until the first is older") {
  using std::chrono::seconds;
  const std::chrono::steady_clock::time_point start{seconds{1000}};
  RestartLimit limit;
  for (int i = 0; i < 5; ++i) CHECK(limit.allow(start + seconds{i}));
  CHECK_FALSE(limit.allow(start + seconds{5}));
  CHECK_FALSE(limit.allow(start + seconds{60}));
  CHECK(limit.allow(start + seconds{61}));
  CHECK_FALSE(limit.allow(start + seconds{61}));
}

TEST_CASE("a guest that reboots now and then may do so for ever") {
  const std::chrono::steady_clock::time_point start{};
  RestartLimit limit;
  for (int i = 0; i < 100; ++i) CHECK(limit.allow(start + i * std::chrono::seconds{15}));
}

}  // namespace
}  // namespace xenlaunch::test
