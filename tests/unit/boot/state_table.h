#pragma once

#include <doctest/doctest.h>

#include <string>

#include "launcher/boot/boot_config.h"

namespace xenlaunch::test {

class SilentProgress final : public Progress {
 public:
  void step(const std::string&) override {}
  void info(const std::string&) override {}
  void warning(const std::string&) override {}
};

/// Plays the whole table of states and calls: from each of the four states both calls, for dom0's
/// access to `device` and for the display. `config` has both enabled for the next boot at first,
/// and at the end again.
inline void check_state_table(BootConfig& config, const PciAddress& device) {
  using Call = BootChange::Kind;
  SilentProgress silent;
  const BootLines enabled = config.next_boot();
  ensure(config, {Call::hide, device}, silent);
  const BootLines disabled = ensure(config, {Call::disable_display, {}}, silent);
  struct Row {
    const BootLines& running;
    bool next_is_disabled;
    std::string state, after_disable, after_enable;
  };
  const Row rows[] = {{enabled, false, "enabled", "disable_on_reboot", "enabled"},
                      {enabled, true, "disable_on_reboot", "disable_on_reboot", "enabled"},
                      {disabled, true, "disabled", "disabled", "enable_on_reboot"},
                      {disabled, false, "enable_on_reboot", "disabled", "enable_on_reboot"}};
  const auto access = [&](const Row& row, const BootLines& next) {
    return to_string(dom0_access(row.running, next, device));
  };
  const auto shown = [](const Row& row, const BootLines& next) {
    return to_string(display(row.running, next));
  };
  const auto play = [&](const Row& row, Call disable, Call enable, const auto& state_of) {
    CAPTURE(row.state);
    for (const Call call : {disable, enable}) {
      const BootChange before{row.next_is_disabled ? disable : enable, device};
      CHECK(state_of(row, ensure(config, before, silent)) == row.state);
      CHECK(state_of(row, ensure(config, {call, device}, silent)) ==
            (call == disable ? row.after_disable : row.after_enable));
    }
  };
  for (const Row& row : rows) {
    play(row, Call::hide, Call::unhide, access);
    play(row, Call::disable_display, Call::enable_display, shown);
  }
  ensure(config, {Call::unhide, device}, silent);
  CHECK((ensure(config, {Call::enable_display, {}}, silent) == enabled));
}

}  // namespace xenlaunch::test
