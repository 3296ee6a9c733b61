#pragma once

#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/error.h"

namespace xenlaunch::fuzz {

/// Something that reads hostile input, with what it promises. `run` throws Broken where a promise
/// does not hold, and anything else only by a fault of ours.
struct Target {
  std::string_view name;
  void (*run)(std::string_view input);
};

/// Those that are linked in, in no order that counts.
std::vector<Target>& targets();

/// One at namespace scope makes a target known.
struct Registration {
  Registration(std::string_view name, void (*run)(std::string_view)) {
    targets().push_back({name, run});
  }
};

/// A promise that does not hold.
struct Broken : std::logic_error {
  using std::logic_error::logic_error;
};

/// Throws Broken, with `shown` made printable, unless `holds`.
void require(bool holds, const std::string& promise, std::string_view shown = {});

/// Runs it; throws Broken also where that takes a second of processor time, or one for each 64 KiB
/// where there are more. Not of any clock's: on a busy machine everything does.
void run_briefly(const Target& target, std::string_view input);

/// Lines for people or programs: valid UTF-8, and no control character but the ends of lines.
void require_clean(std::string_view text);

/// Runs `action`; whether it refused by an Error, whose text has to be clean.
template <typename Action>
bool is_refused(Action&& action) {
  try {
    std::forward<Action>(action)();
    return false;
  } catch (const Error& error) {
    require_clean(error.what());
    return true;
  }
}

/// The parts of an input of several files: a line "%%" separates them. `count` of them, the missing
/// ones empty.
std::vector<std::string_view> parts(std::string_view input, std::size_t count);

}  // namespace xenlaunch::fuzz
