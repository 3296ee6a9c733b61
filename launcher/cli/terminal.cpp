#include "launcher/cli/terminal.h"

#include <spdlog/logger.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/ostream_sink.h>

#include <memory>
#include <ostream>
#include <sstream>

#include "base/text.h"

namespace xenlaunch {
namespace {

/// What a message begins with: how bad it is, in colour on a terminal; nothing where it is not bad.
class SeverityFlag final : public spdlog::custom_flag_formatter {
 public:
  explicit SeverityFlag(bool colour) : colour_{colour} {}

  void format(const spdlog::details::log_msg& message, const std::tm&,
              spdlog::memory_buf_t& out) override {
    const char* name = message.level == spdlog::level::warn       ? "warning: "
                       : message.level == spdlog::level::err      ? "error: "
                       : message.level == spdlog::level::critical ? "internal error: "
                                                                  : nullptr;
    if (name == nullptr) return;
    const char* begin = message.level == spdlog::level::warn ? "\033[33m" : "\033[31m";
    const std::string text = colour_ ? begin + std::string{name} + "\033[0m" : name;
    out.append(text.data(), text.data() + text.size());
  }

  std::unique_ptr<custom_flag_formatter> clone() const override {
    return std::make_unique<SeverityFlag>(colour_);
  }

 private:
  bool colour_;
};

}  // namespace

struct TerminalProgress::Impl {
  std::ostream& err;
  bool terminal;
  spdlog::logger log{"xenlaunch",
                     std::make_shared<spdlog::sinks::ostream_sink_st>(err, /*force_flush=*/true)};
  bool pending = false;  ///< a step stands in the last line

  void clear() {
    if (pending) err << "\r\033[K" << std::flush;
    pending = false;
  }

  void lines(spdlog::level::level_enum level, const std::string& text) {
    clear();
    std::istringstream all{text};
    for (std::string line; std::getline(all, line);) log.log(level, printable(line));
  }
};

TerminalProgress::TerminalProgress(std::ostream& err, bool terminal)
    : impl_{std::make_unique<Impl>(Impl{.err = err, .terminal = terminal})} {
  auto formatter = std::make_unique<spdlog::pattern_formatter>();
  formatter->add_flag<SeverityFlag>('*', terminal).set_pattern("xenlaunch: %*%v");
  impl_->log.set_formatter(std::move(formatter));
}

TerminalProgress::~TerminalProgress() {
  impl_->clear();
}

void TerminalProgress::set_verbosity(Verbosity verbosity) {
  impl_->log.set_level(verbosity == Verbosity::quiet     ? spdlog::level::warn
                       : verbosity == Verbosity::verbose ? spdlog::level::debug
                                                         : spdlog::level::info);
}

void TerminalProgress::step(const std::string& text) {
  impl_->lines(spdlog::level::debug, text);
  const bool told = impl_->log.should_log(spdlog::level::debug);
  if (told || !impl_->terminal || !impl_->log.should_log(spdlog::level::info)) return;
  impl_->err << "xenlaunch: " << printable(text) << " ..." << std::flush;
  impl_->pending = true;
}

void TerminalProgress::info(const std::string& text) {
  impl_->lines(spdlog::level::info, text);
}

void TerminalProgress::warning(const std::string& text) {
  impl_->lines(spdlog::level::warn, text);
}

void TerminalProgress::error(const std::string& text) {
  impl_->lines(spdlog::level::err, text);
}

void TerminalProgress::internal_error(const std::string& text) {
  impl_->lines(spdlog::level::critical, text);
}

}  // namespace xenlaunch
