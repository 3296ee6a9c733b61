#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace boost::asio {
class io_context;
}

namespace xenlaunch {

/// The sentence about a line of QMP that an administrator wants to read: a disk that fails, a guest
/// that says it panicked. nullopt for every other line. The line is hostile.
std::optional<std::string> qmp_message(std::string_view line);

/// Listens on a QMP socket for as long as it lives.
class QmpEvents {
 public:
  /// `tell` is called within the context for each sentence. Where the socket cannot be had, or
  /// breaks off, nothing is told: QEMU's end is told of elsewhere.
  QmpEvents(boost::asio::io_context& context, const std::filesystem::path& socket,
            std::function<void(std::string)> tell);
  QmpEvents(const QmpEvents&) = delete;
  QmpEvents& operator=(const QmpEvents&) = delete;
  ~QmpEvents();

 private:
  struct Impl;
  std::shared_ptr<Impl> impl_;  ///< the handlers still hold it when this is gone
};

}  // namespace xenlaunch
