// A command line of ours, an argument a line: read, and not carried out.
#include <sstream>

#include "launcher/cli/arguments.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  std::vector<std::string> args;
  std::istringstream lines{std::string{input}};
  for (std::string line; std::getline(lines, line);) args.push_back(line);
  std::ostringstream out;
  std::ostringstream err;
  try {
    const Arguments arguments = parse_arguments(args, out, err);
    require(arguments.command != nullptr || arguments.code != ExitCode::done ||
                !out.str().empty() || !err.str().empty(),
            "what is left undone is told");
  } catch (const Error&) {  // may quote an argument as it is: the terminal's part shows it harmless
  }
  require_clean(out.str());
  require_clean(err.str());
}

const Registration registration{"cli", run};

}  // namespace
}  // namespace xenlaunch::fuzz
