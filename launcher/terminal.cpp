#include "launcher/terminal.h"

#include <ostream>
#include <sstream>

namespace xenlaunch {
namespace {

/// A message may quote what a guest or a file said; control characters would reach the terminal.
std::string printable(const std::string& text) {
  std::string safe;
  for (const char c : text) safe += static_cast<unsigned char>(c) < ' ' || c == '\x7f' ? '?' : c;
  return safe;
}

}  // namespace

TerminalProgress::TerminalProgress(std::ostream& err, Verbosity verbosity, bool terminal)
    : err_{err}, verbosity_{verbosity}, terminal_{terminal} {}

TerminalProgress::~TerminalProgress() {
  clear();
}

void TerminalProgress::clear() {
  if (pending_) err_ << "\r\033[K" << std::flush;
  pending_ = false;
}

void TerminalProgress::line(const std::string& prefix, const std::string& colour,
                            const std::string& text) {
  clear();
  std::istringstream lines{text};
  for (std::string one; std::getline(lines, one);)
    err_ << "xenlaunch: " << (terminal_ && !prefix.empty() ? colour + prefix + "\033[0m" : prefix)
         << printable(one) << '\n';
  err_ << std::flush;
}

void TerminalProgress::step(const std::string& text) {
  if (verbosity_ == Verbosity::verbose) return line("", "", text);
  if (verbosity_ == Verbosity::quiet || !terminal_) return;
  clear();
  err_ << "xenlaunch: " << printable(text) << " ..." << std::flush;
  pending_ = true;
}

void TerminalProgress::info(const std::string& text) {
  if (verbosity_ != Verbosity::quiet) line("", "", text);
}

void TerminalProgress::warning(const std::string& text) {
  line("warning: ", "\033[33m", text);
}

void TerminalProgress::error(const std::string& kind, const std::string& text) {
  line(kind + ": ", "\033[31m", text);
}

}  // namespace xenlaunch
