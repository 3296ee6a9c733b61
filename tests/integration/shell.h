#pragma once

#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>

#include <doctest/doctest.h>

#include "devicemodel/device_model.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {

/// A shell in QEMU's place.
struct Shell {
  testing::TemporaryTree tree;
  EventLoop events;
  std::unique_ptr<DeviceModel> process = make_device_model(events);
  std::string log = tree.path("logs/vm.log");

  pid_t start(const std::string& script) {
    return process->spawn({.argv = {"/bin/sh", "-c", script}, .log = log});
  }
  /// Runs `script` to its end.
  std::optional<ProcessEnd> run(const std::string& script) {
    start(script);
    CHECK(events.wait(std::chrono::steady_clock::now() + std::chrono::seconds{20}) ==
          Event::device_model_ended);
    return process->ended();
  }
  /// Until the log is this text, or twenty seconds have passed.
  void await_log(const std::string& text) const {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (tree.read("logs/vm.log") != text && std::chrono::steady_clock::now() < deadline)
      ::usleep(10000);
  }
  /// The error of starting the program `name` of the tree, made with `mode`.
  std::string failure(const std::string& name, const std::string& content, mode_t mode) {
    tree.write(name, content);
    ::chmod(tree.path(name).c_str(), mode);
    return error_of([&] { process->spawn({.argv = {tree.path(name)}, .log = log}); });
  }
};

}  // namespace xenlaunch::test
