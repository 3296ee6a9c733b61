#include "launcher/undo/remains.h"

#include "launcher/undo/file_journal.h"
#include "tests/fakes/fakes.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

const JournalHeader win10{.vm = "win10", .uuid = "u-1"};
const Step step{.action = "create it",
                .undo = {.kind = UndoKind::destroy_domain, .label = "destroy it"}};

TEST_CASE("a folder in which nothing was begun goes, whatever else is in it") {
  for (const bool with_journal : {false, true}) {
    const testing::TemporaryTree tree;
    const StateFolder folder{tree.root(), "win10"};
    folder.make("name: win10");
    if (with_journal) const FileJournal empty{folder.journal(), win10};
    Journal calls;
    FakeProgress progress{calls};
    CHECK_FALSE(read_remains(folder, "win10", progress));
    CHECK_FALSE(folder.exists());
    CHECK(progress.messages.empty());
  }
}

TEST_CASE("what was begun is read, and a line that was cut off is told of") {
  const testing::TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  folder.make();
  FileJournal{folder.journal(), win10}.begin(step.action, step.undo);
  Journal calls;
  FakeProgress progress{calls};
  const auto whole = read_remains(folder, "win10", progress);
  REQUIRE(whole);
  CHECK(whole->entries.at(0).undo == step.undo);
  CHECK(progress.messages.empty());
  tree.write("win10/journal", tree.read("win10/journal") + "{\"do");
  CHECK(read_remains(folder, "win10", progress)->entries == whole->entries);
  CHECK(progress.messages ==
        std::vector<std::string>{
            "warning: the last line of " + folder.journal().string() +
            " was cut off, as a launcher that is killed leaves it; it told of nothing that was "
            "done"});
}

}  // namespace
}  // namespace xenlaunch::test
