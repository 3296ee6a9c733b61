// All targets without libFuzzer: the inputs that are there, large ones, and mutations of them,
// which are the same at each run with the same seed. What is slower than libFuzzer, and needs no
// second build. Use: fuzz_targets SOURCE-FOLDER TARGET RUNS [SEED]
#include <glob.h>
#include <sys/resource.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <exception>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <random>
#include <sstream>

#include "tests/fuzz/large_inputs.h"
#include "tests/fuzz/target.h"

extern "C" void __sanitizer_set_death_callback(void (*callback)()) __attribute__((weak));

namespace xenlaunch::fuzz {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t longest_input = 64 << 10;
constexpr std::ptrdiff_t most_memory = 256 << 20;

/// What runs, for whoever has to know why it ended.
struct Current {
  std::string input;
  fs::path file;  ///< where it goes then
  void save() const { std::ofstream{file, std::ios::binary} << input; }
};

Current& current() {
  static Current* const one = new Current;  // there also when leaks are looked for, at the very end
  return *one;
}

void save_current() {
  current().save();
  std::cerr << "the input is in " << current().file.string() << std::endl;
}

void save_at_signal(int number) {
  save_current();
  std::signal(number, SIG_DFL);
  std::raise(number);
}

using Inputs = std::vector<std::string>;

void add_files(Inputs& inputs, const std::string& pattern) {
  glob_t found{};
  if (::glob(pattern.c_str(), 0, nullptr, &found) == 0)
    for (std::size_t i = 0; i < found.gl_pathc; ++i) {
      std::ifstream file{found.gl_pathv[i], std::ios::binary};
      if (fs::is_regular_file(found.gl_pathv[i]))
        inputs.emplace_back(std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{});
    }
  ::globfree(&found);
}

/// The corpus of a target, and the files of the tree that seeds.txt names for it.
Inputs inputs_of(const fs::path& source, const std::string& target) {
  Inputs inputs{""};
  add_files(inputs, (source / "tests/fuzz/corpus" / target / "*").string());
  std::ifstream seeds{source / "tests/fuzz/seeds.txt"};
  for (std::string line; std::getline(seeds, line);) {
    std::istringstream words{line};
    std::string name;
    std::string pattern;
    if (words >> name >> pattern && name == target) add_files(inputs, (source / pattern).string());
  }
  return inputs;
}

class Mutator {
 public:
  Mutator(const Inputs& inputs, std::uint64_t seed) : inputs_{inputs}, random_{seed} {}

  std::string next() {
    std::string text = one_of_them();
    for (std::size_t times = 1 + below(6); times > 0; --times) change(text);
    if (text.size() > longest_input) text.resize(longest_input);
    return text;
  }

 private:
  std::size_t below(std::size_t end) { return end == 0 ? 0 : random_() % end; }
  const std::string& one_of_them() { return inputs_[below(inputs_.size())]; }
  char byte() {
    constexpr std::array special{'\0', '\n', ' ',    '"',    '\'', '\\', '(',    ')',
                                 '{',  '}',  '\x1b', '\xff', '0',  '9',  '=',    ',',
                                 ':',  '.',  '-',    '<',    '[',  '%',  '\x80', '\xc2'};
    return below(2) == 0 ? special[below(special.size())] : static_cast<char>(random_());
  }
  /// A piece of an input, up to a line or so of it.
  std::string piece() {
    const std::string& from = one_of_them();
    const std::size_t at = below(from.size() + 1);
    return from.substr(at, 1 + below(1 + below(80)));
  }
  void change(std::string& text) {
    const std::size_t at = below(text.size() + 1);
    switch (below(7)) {
      case 0:
        text.insert(at, 1, byte());
        break;
      case 1:
        if (at < text.size()) text[at] = byte();
        break;
      case 2:
        text.erase(at, 1 + below(1 + below(40)));
        break;
      case 3:
        text.insert(at, piece());
        break;
      case 4:
        text.replace(at, below(20), piece());
        break;
      case 5:  // a piece of itself again, many times at that
        if (const std::string again = text.substr(at, 1 + below(30)); !again.empty())
          for (std::size_t times = 1 + below(20); times > 0; --times) text.insert(at, again);
        break;
      default:
        if (at < text.size()) text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
    }
  }

  const Inputs& inputs_;
  std::mt19937_64 random_;
};

using Look = void (*)(const Target&, std::string_view);

void run_in_bounds(const Target& target, std::string_view input) {
  const MemoryPeak peak;
  run_briefly(target, input);
  require(peak.bytes() <= most_memory, "a large input takes no more than 256 MiB, in all");
}

/// False where a promise does not hold, of those that `look` is for.
bool run(const Target& target, std::string input, Look look = run_briefly) {
  current().input = std::move(input);
  try {
    look(target, current().input);
    return true;
  } catch (const std::exception& error) {
    std::cerr << target.name << ": " << error.what() << '\n';
    save_current();
    return false;
  }
}

int fuzz(const fs::path& source, const std::string& name, std::size_t runs, std::uint64_t seed) {
  const auto target = std::ranges::find(targets(), name, &Target::name);
  if (target == targets().end()) {
    std::cerr << "cannot fuzz '" << name << "': there is no such target\n";
    return 2;
  }
  const Inputs inputs = inputs_of(source, name);
  current().file = fs::current_path() / ("found-" + name);
  for (const int number : {SIGSEGV, SIGABRT, SIGFPE}) std::signal(number, save_at_signal);
  if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(save_current);
  for (const std::string& input : inputs)
    if (!run(*target, input)) return 1;
  const Inputs large = large_inputs(inputs);
  for (const std::string& input : large)
    if (!run(*target, input, run_in_bounds)) return 1;
  Mutator mutator{inputs, seed};
  for (std::size_t i = 0; i < runs; ++i)
    if (!run(*target, mutator.next())) return 1;
  std::cout << name << ": " << inputs.size() + large.size() + runs << " executions of "
            << inputs.size() << " inputs, seed " << seed << '\n';
  return 0;
}

}  // namespace
}  // namespace xenlaunch::fuzz

int main(int argc, char** argv) {
  if (argc < 4) {
    std::cerr << "Use: fuzz_targets SOURCE-FOLDER TARGET RUNS [SEED]\n";
    return 2;
  }
  return xenlaunch::fuzz::fuzz(argv[1], argv[2], std::stoul(argv[3]),
                               argc > 4 ? std::stoul(argv[4]) : 1);
}
