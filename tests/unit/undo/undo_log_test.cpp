#include "launcher/undo/undo_log.h"

#include "tests/fakes/fakes.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

/// Takes what begins, and has no room for anything else.
class FullJournal final : public xenlaunch::Journal {
 public:
  std::size_t begin(const std::string&, const Undo&) override { return 0; }
  void done(std::size_t) override { refuse(); }
  void failed(std::size_t) override { refuse(); }
  void undoing(std::size_t) override { refuse(); }
  void undone(std::size_t) override { refuse(); }
  void not_undone(std::size_t, const std::string&) override { refuse(); }
  void domain(std::optional<std::uint32_t>) override { refuse(); }
  void state(VmState) override { refuse(); }

 private:
  static void refuse() { throw Error{ExitCode::host, "cannot write it: No space left on device"}; }
};

const Step step{.kind = StepKind::create_domain,
                .action = "create it",
                .undo = {.kind = UndoKind::destroy_domain, .label = "destroy it"}};
const std::string no_room = "4: cannot write it: No space left on device";
const std::string warning = "warning: cannot write it: No space left on device";

/// A log of undos that are but noted.
struct Fixture {
  test::Journal calls;
  FakeProgress progress{calls};
  FullJournal journal;
  Lines undone;
  UndoLog log{journal, progress,
              [this](const Undo& undo, const DomainIdentity&) { undone.push_back(undo.label); }};
};

TEST_CASE_FIXTURE(Fixture, "what cannot be written down as done or as undone is undone") {
  CHECK(error_of([&] { log.doing(step, [] {}); }) == no_room);
  log.unwind();
  CHECK(undone == Lines{"destroy it"});
  CHECK(log.failures().empty());
  CHECK(progress.messages == Lines{warning, warning});
}

TEST_CASE_FIXTURE(Fixture, "of a change that fails its own error is told, not the journal's") {
  const auto change = [] { throw Error{ExitCode::xen, "cannot create it: no memory"}; };
  CHECK(error_of([&] { log.doing(step, change); }) == "5: cannot create it: no memory");
  CHECK(progress.messages == Lines{warning});
  log.unwind();
  CHECK(undone.empty());
}

TEST_CASE_FIXTURE(Fixture,
                  "a change that xenstored's error ended may be half done, and is undone") {
  const auto change = [] { throw Error{ExitCode::xenstore, "cannot write: Input/output error"}; };
  CHECK(error_of([&] { log.doing(step, change); }) == "6: cannot write: Input/output error");
  log.unwind();
  CHECK(undone == Lines{"destroy it"});
}

}  // namespace
}  // namespace xenlaunch::test
