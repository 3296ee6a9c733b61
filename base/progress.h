#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace xenlaunch {

/// Something that a program may want to follow: a step of a start, one of its undos, a new state of
/// the VM. The names are stable; docs/json-and-events.md has them.
struct ProgressEvent {
  std::string event;     ///< "step", "undo", "state" or "device"
  std::string name;      ///< of the step, the undo or the state: "bind_to_pciback"; or "chosen"
  std::string phase{};   ///< "begun", "done" or "failed"; empty for a state
  std::string device{};  ///< of a step or undo for one device
  std::string text{};    ///< the same for people
  std::string reason{};  ///< why it failed
  std::optional<std::uint32_t> domid{};
  friend bool operator==(const ProgressEvent&, const ProgressEvent&) = default;
};

/// Told how something that takes its time goes on.
class Progress {
 public:
  virtual ~Progress() = default;
  virtual void step(const std::string& text) = 0;  ///< begun
  virtual void info(const std::string& text) = 0;
  virtual void warning(const std::string& text) = 0;
  virtual void event(const ProgressEvent& /*event*/) {}
};

}  // namespace xenlaunch
