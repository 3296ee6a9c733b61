#pragma once

#include <iosfwd>
#include <streambuf>
#include <string>

namespace xenlaunch {

/// What all commands write their results to: a line at a time goes on to `out`, with everything in
/// it that is not printable as an escape, whoever it is from. Where `out` takes no more this fails.
class PrintableOutput final : public std::streambuf {
 public:
  explicit PrintableOutput(std::ostream& out) : out_{out} {}

 protected:
  int_type overflow(int_type character) override;
  std::streamsize xsputn(const char* text, std::streamsize size) override;
  int sync() override;

 private:
  /// Passes on what has come, to the end of its last line or all of it.
  bool pass_on(bool all);

  std::ostream& out_;
  std::string waiting_;
};

}  // namespace xenlaunch
