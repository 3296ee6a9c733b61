#include "launcher/undo/journal_content.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

JournalContent read(std::string_view text) {
  return parse_journal(text, "/run/xenlaunch/win10/journal", "win10", "b-1");
}

void run(std::string_view input) {
  is_refused([&] {
    JournalContent content = read(input);
    content.torn = false;
    require(read(format_journal(content)) == content, "a journal is read as it was written");
  });
}

const Registration registration{"journal", run};

}  // namespace
}  // namespace xenlaunch::fuzz
