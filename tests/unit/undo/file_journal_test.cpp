#include "launcher/undo/file_journal.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <csignal>
#include <filesystem>

#include "launcher/undo/state_folder.h"
#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;
using Phase = JournalContent::Phase;

const JournalHeader win10{.vm = "win10", .uuid = "u-1"};
const Undo destroy{.kind = UndoKind::destroy_domain, .label = "destroy it"};
const Undo restore{.kind = UndoKind::restore_device,
                   .label = "give it back",
                   .device = PciAddress{0, 0, 2, 0},
                   .driver = "i915"};
const Undo nothing{.label = "nothing"};

mode_t mode_of(const std::string& path) {
  struct stat status {};
  REQUIRE(::lstat(path.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

/// What a launcher that comes next finds.
JournalContent content_in(const TemporaryTree& tree) {
  return parse_journal(tree.read("journal"), "journal", "win10", boot_id());
}

/// While it lives, this process's files cannot grow beyond `bytes`.
class FullDisk {
 public:
  explicit FullDisk(rlim_t bytes) : signal_{std::signal(SIGXFSZ, SIG_IGN)} {
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before_) == 0);
    const rlimit full{bytes, before_.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }

 private:
  rlimit before_{};
  void (*signal_)(int);
};

TEST_CASE("a line that has no room leaves no half of it in front of the next one") {
  const TemporaryTree tree;
  FileJournal journal{tree.root() / "journal", win10};
  journal.begin("bind it", restore);
  {
    const FullDisk full{std::filesystem::file_size(tree.root() / "journal") + 5};
    CHECK(error_of([&] { journal.done(0); }) ==
          "4: cannot write to " + tree.path("journal") + ": No space left on device");
  }
  journal.domain(7);
  const JournalContent expected{.header = win10,
                                .boot = boot_id(),
                                .entries = {{0, {.action = "bind it", .undo = restore}}},
                                .next_number = 1,
                                .domid = 7};
  CHECK(content_in(tree) == expected);
}

TEST_CASE("after every call the file tells what has been done so far") {
  const TemporaryTree tree;
  FileJournal journal{tree.root() / "journal", win10};
  JournalContent expected{.header = win10, .boot = boot_id()};
  CHECK(content_in(tree) == expected);
  CHECK(mode_of(tree.path("journal")) == 0600);

  CHECK(journal.begin("bind it", restore) == 0);
  expected.entries[0] = {.action = "bind it", .undo = restore};
  expected.next_number = 1;
  CHECK(content_in(tree) == expected);
  journal.done(0);
  expected.entries[0].phase = Phase::done;
  CHECK(content_in(tree) == expected);

  CHECK(journal.begin("build it", destroy) == 1);
  expected.entries[1] = {.action = "build it", .undo = destroy};
  expected.next_number = 2;
  CHECK(content_in(tree) == expected);
  journal.failed(1);
  expected.entries.erase(1);
  CHECK(content_in(tree) == expected);

  CHECK(journal.begin("wait", nothing) == 2);
  expected.entries[2] = {.action = "wait", .undo = nothing};
  expected.next_number = 3;
  CHECK(content_in(tree) == expected);
  journal.done(2);
  expected.entries.erase(2);
  CHECK(content_in(tree) == expected);

  journal.domain(7);
  expected.domid = 7;
  CHECK(content_in(tree) == expected);
  journal.state(VmState::running);
  expected.state = VmState::running;
  CHECK(content_in(tree) == expected);
  journal.domain(std::nullopt);
  expected.domid.reset();
  CHECK(content_in(tree) == expected);

  journal.undoing(0);
  CHECK(content_in(tree) == expected);
  journal.not_undone(0, "it is busy");
  CHECK(content_in(tree) == expected);
  journal.undone(0);
  expected.entries.clear();
  CHECK(content_in(tree) == expected);
}

TEST_CASE("the lines stand in the file in the order of the calls") {
  const TemporaryTree tree;
  FileJournal journal{tree.root() / "journal", win10};
  const std::string first = tree.read("journal");
  journal.done(journal.begin("build it", destroy));
  journal.domain(7);
  journal.undoing(0);
  journal.not_undone(0, "why");
  CHECK(tree.read("journal") ==
        first +
            R"({"begin":0,"do":"build it","undo":{"kind":"destroy_domain","label":"destroy it"}})"
            "\n{\"done\":0}\n{\"domain\":7}\n{\"undoing\":0}\n"
            R"({"not_undone":0,"reason":"why"})"
            "\n");
}

TEST_CASE(
    "a guest that restarts for ever does not fill the file, and nothing that counts is lost") {
  const TemporaryTree tree;
  constexpr std::size_t max_bytes = 4096;
  FileJournal journal{tree.root() / "journal", win10, max_bytes};
  journal.done(journal.begin("bind it", restore));
  JournalContent expected{.header = win10, .boot = boot_id()};
  expected.entries[0] = {.action = "bind it", .undo = restore, .phase = Phase::done};
  expected.state = VmState::running;
  std::uintmax_t last = 0;
  int shrank = 0;
  for (std::uint32_t domid = 1; domid <= 100; ++domid) {
    const std::size_t number = journal.begin("build it", destroy);
    REQUIRE(number == domid);
    journal.done(number);
    journal.domain(domid);
    journal.state(VmState::running);
    const std::uintmax_t size = std::filesystem::file_size(tree.root() / "journal");
    REQUIRE(size <= max_bytes);
    if (size < last) ++shrank;
    last = size;

    expected.entries[number] = {.action = "build it", .undo = destroy, .phase = Phase::done};
    expected.next_number = number + 1;
    expected.domid = domid;
    REQUIRE(content_in(tree) == expected);

    journal.undoing(number);
    journal.undone(number);
    journal.domain(std::nullopt);
    journal.state(VmState::restarting);
    expected.entries.erase(number);
    REQUIRE(content_in(tree).entries == expected.entries);
  }
  CHECK(shrank >= 5);
  expected.domid.reset();
  expected.state = VmState::restarting;
  CHECK(content_in(tree) == expected);
}

TEST_CASE("a journal goes on with what another launcher has written") {
  const TemporaryTree tree;
  {
    FileJournal journal{tree.root() / "journal", win10};
    journal.done(journal.begin("bind it", restore));
    journal.begin("build it", destroy);
    journal.domain(7);
    journal.state(VmState::running);
  }
  JournalContent expected = content_in(tree);
  JournalContent torn = expected;
  torn.torn = true;
  FileJournal journal{tree.root() / "journal", torn};
  CHECK(content_in(tree) == expected);
  CHECK(journal.begin("wait", nothing) == 2);
  expected.entries[2] = {.action = "wait", .undo = nothing};
  expected.next_number = 3;
  CHECK(content_in(tree) == expected);
}

TEST_CASE("a journal that cannot be written is an error") {
  const TemporaryTree tree;
  tree.write("file", "");
  const std::filesystem::path path = tree.root() / "file/journal";
  CHECK(error_of([&] { FileJournal(path, win10); }) ==
        "4: cannot make the folder " + tree.path("file") + ": Not a directory");
}

TEST_CASE("a VM's folder is for its user alone and holds the VM file") {
  const TemporaryTree tree;
  const StateFolder folder{tree.root() / "run", "win10"};
  CHECK_FALSE(folder.exists());
  folder.make("name: win10\n");
  CHECK(folder.exists());
  CHECK(mode_of(tree.path("run/win10")) == 0700);
  CHECK(mode_of(tree.path("run/win10/vm.yaml")) == 0600);
  CHECK(tree.snapshot() == std::map<std::string, std::string>{
                               {"run/win10/devices", ""}, {"run/win10/vm.yaml", "name: win10\n"}});
}

TEST_CASE("a folder that is there already is left as it is") {
  const TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  folder.make("first");
  const auto before = tree.snapshot();
  CHECK(error_of([&] { folder.make("second"); }) ==
        "4: cannot make the folder " + tree.path("win10") + ": File exists");
  CHECK(tree.snapshot() == before);
}

TEST_CASE("a folder goes with all that is in it, and may be gone already") {
  const TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  CHECK_NOTHROW(folder.remove());
  folder.make("text");
  const FileJournal journal{folder.journal(), win10};
  folder.request_stop(true);
  tree.write("win10/other", "");
  folder.remove();
  CHECK_FALSE(folder.exists());
  CHECK(std::filesystem::is_empty(tree.root()));
}

TEST_CASE("a stop stays requested until it is taken back") {
  const TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  folder.make("");
  CHECK_FALSE(folder.stop_requested());
  for (const bool requested : {false, true, true, false, false, true}) {
    folder.request_stop(requested);
    CHECK(folder.stop_requested() == requested);
  }
  const StateFolder none{tree.root(), "none"};
  CHECK_FALSE(none.stop_requested());
  CHECK(error_of([&] { none.request_stop(true); }) ==
        "4: cannot write " + tree.path("none/stop-requested") + ": No such file or directory");
}

TEST_CASE("a journal is read where there is one") {
  const TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  CHECK((folder.read_journal() == std::nullopt));
  folder.make("");
  CHECK((folder.read_journal() == std::nullopt));
  const FileJournal journal{folder.journal(), win10};
  CHECK((folder.read_journal() == std::optional{tree.read("win10/journal")}));
}

TEST_CASE("a journal that somebody else may have written is not read") {
  using std::filesystem::perms;
  const TemporaryTree tree;
  const StateFolder folder{tree.root(), "win10"};
  folder.make("");
  tree.write("win10/journal", "");
  const auto refusal = [](const std::string& path) {
    return "4: cannot trust " + path +
           ": it is not this user's own, or others may write to it; find out who made it, then "
           "remove it";
  };
  const auto error = [&] { return error_of([&] { folder.read_journal(); }); };
  for (const perms open : {perms::group_write, perms::others_write}) {
    std::filesystem::permissions(folder.journal(), perms::owner_all | open);
    CHECK(error() == refusal(tree.path("win10/journal")));
    std::filesystem::permissions(folder.journal(), perms::owner_all);
    CHECK(error().empty());
    std::filesystem::permissions(folder.path(), perms::owner_all | open);
    CHECK(error() == refusal(tree.path("win10")));
    std::filesystem::permissions(folder.path(), perms::owner_all);
    CHECK(error().empty());
  }
  tree.remove("win10/journal");
  tree.write("elsewhere", "");
  tree.link("win10/journal", tree.path("elsewhere"));
  CHECK(error() == refusal(tree.path("win10/journal")));
  tree.remove("win10/journal");
  tree.link("win10/journal", "nowhere");
  CHECK(error() == refusal(tree.path("win10/journal")));
  tree.remove("win10/journal");
  tree.write("win10/journal/file", "");
  CHECK(error() == refusal(tree.path("win10/journal")));

  tree.write("real/journal", "");
  tree.link("linked", "real");
  CHECK(error_of([&] { StateFolder(tree.root(), "linked").read_journal(); }) ==
        refusal(tree.path("linked")));
}

TEST_CASE("the VMs with a folder are those of whole folders with a plain name, in order") {
  const TemporaryTree tree;
  CHECK(vms_with_state(tree.root() / "none") == std::vector<std::string>{});
  CHECK(vms_with_state(tree.root()) == std::vector<std::string>{});
  tree.write("win10/journal", "");
  tree.write("debian/vm.yaml", "");
  tree.write(".hidden/journal", "");
  tree.write("vm-win10.lock", "");
  tree.link("linked", "win10");
  CHECK(vms_with_state(tree.root()) == std::vector<std::string>{"debian", "win10"});
  CHECK(error_of([&] { vms_with_state(tree.root() / "vm-win10.lock"); }) ==
        "4: cannot list " + tree.path("vm-win10.lock") + ": Not a directory");
}

TEST_CASE("a boot has an id, the same all the time") {
  CHECK_FALSE(boot_id().empty());
  CHECK(boot_id() == boot_id());
}

}  // namespace
}  // namespace xenlaunch::test
