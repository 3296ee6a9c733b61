#include "tests/fuzz/target.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"

/// libxlutil forgets strings of files that are wrong: xlu__cfg_string_mk of
/// tools/libs/util/libxlu_cfg.c.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() {
  return "leak:libxlutil\n";
}

namespace xenlaunch::fuzz {
namespace {

/// In seconds of processor time: a large input may take longer, but not as its size squared.
double longest_run(std::string_view input) {
  constexpr double in_a_second = 64 << 10;
  return std::max(1.0, static_cast<double>(input.size()) / in_a_second);
}

double processor_time() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

std::vector<Target>& targets() {
  static std::vector<Target> all;
  return all;
}

void require(bool holds, const std::string& promise, std::string_view shown) {
  if (!holds) throw Broken{promise + ": " + printable(shown)};
}

void run_briefly(const Target& target, std::string_view input) {
  const double before = processor_time();
  target.run(input);
  require(processor_time() - before < longest_run(input),
          "an input takes less than a second, a large one less than a second for each 64 KiB");
}

void require_clean(std::string_view text) {
  while (!text.empty()) {
    const std::string_view line = text.substr(0, text.find('\n'));
    require(is_printable(line), "a line is printable", line);
    text.remove_prefix(line.size() == text.size() ? line.size() : line.size() + 1);
  }
}

std::vector<std::string_view> parts(std::string_view input, std::size_t count) {
  constexpr std::string_view separator = "\n%%\n";
  std::vector<std::string_view> all;
  while (all.size() + 1 < count) {
    const std::size_t at = input.find(separator);
    all.push_back(input.substr(0, at));
    input.remove_prefix(at == std::string_view::npos ? input.size() : at + separator.size());
  }
  all.push_back(input);
  return all;
}

}  // namespace xenlaunch::fuzz
