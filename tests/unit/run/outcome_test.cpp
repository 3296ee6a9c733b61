#include "launcher/run/outcome.h"

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

const DomainState alive{.domid = 7};
const DomainState dying{.domid = 7, .dying = true};

DomainState shut_down(ShutdownReason reason) {
  return {.domid = 7, .shutdown = reason};
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

TEST_CASE("what follows a VM's end, over the whole table") {
  const std::vector<std::pair<OnEvent, Next>> wishes{{OnEvent::destroy, Next::end},
                                                     {OnEvent::restart, Next::restart},
                                                     {OnEvent::preserve, Next::preserve}};
  for (const auto& [on_poweroff, after_poweroff] : wishes)
    for (const auto& [on_reboot, after_reboot] : wishes)
      for (const auto& [on_crash, after_crash] : wishes) {
        VmConfig vm;
        vm.on_poweroff = on_poweroff;
        vm.on_reboot = on_reboot;
        vm.on_crash = on_crash;
        const std::vector<std::pair<Verdict, Next>> table{
            {Verdict::powered_off, after_poweroff}, {Verdict::rebooted, after_reboot},
            {Verdict::crashed, after_crash},        {Verdict::device_model_died, after_crash},
            {Verdict::being_destroyed, Next::end},  {Verdict::destroyed, Next::end},
            {Verdict::stop_requested, Next::end}};
        for (const auto& [end, next] : table) {
          CHECK(next_after(end, vm, /*stop_requested=*/false, /*owns_domain=*/true) == next);
          CHECK(next_after(end, vm, true, true) == Next::end);
          CHECK(next_after(end, vm, false, false) == Next::end);
          CHECK(next_after(end, vm, true, false) == Next::end);
        }
      }
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
  RestartLimit limit{RestartLimitConfig{}};
  for (int i = 0; i < 5; ++i) CHECK(limit.allow(start + seconds{i}));
  CHECK_FALSE(limit.allow(start + seconds{5}));
  CHECK_FALSE(limit.allow(start + seconds{60}));
  CHECK(limit.allow(start + seconds{61}));
  CHECK_FALSE(limit.allow(start + seconds{61}));
}

TEST_CASE("the VM file sets the limit") {
  const std::chrono::steady_clock::time_point start{};
  RestartLimit never{{.restarts = 0, .within = std::chrono::seconds{1}}};
  CHECK_FALSE(never.allow(start));
  RestartLimit once{{.restarts = 1, .within = std::chrono::seconds{10}}};
  CHECK(once.allow(start));
  CHECK_FALSE(once.allow(start + std::chrono::seconds{10}));
  CHECK(once.allow(start + std::chrono::seconds{11}));
}

TEST_CASE("a guest that reboots now and then may do so for ever") {
  const std::chrono::steady_clock::time_point start{};
  RestartLimit limit{RestartLimitConfig{}};
  for (int i = 0; i < 100; ++i) CHECK(limit.allow(start + i * std::chrono::seconds{15}));
}

}  // namespace
}  // namespace xenlaunch::test
