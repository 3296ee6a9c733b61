#include "launcher/host/qemu_answers.h"

#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <map>

#include "base/error.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {
namespace {

/// Answers by its arguments, and counts how often it is started.
struct Qemu final : Programs {
  testing::TemporaryTree tree;
  std::map<std::string, ProgramResult> answers{
      {"-help", {.output = "QEMU emulator version 7.2.22\n-spice x\n-audiodev none,id=id\n"}},
      {"-device", {.output = "name \"VGA\", bus PCI\nname \"nvme\"\n"}},
      {"-machine", {.status = 1, .errors = "Parameter 'igd-passthru' expects 'on' or 'off'\n"}},
      {"-accel", {.status = 1, .errors = "Cipher backend does not support DES algorithm\n"}}};
  unsigned started = 0;

  Qemu() { tree.write("qemu", "x"); }
  ProgramResult run(const std::vector<std::string>& argv, std::chrono::seconds,
                    const std::string&) override {
    ++started;
    const auto answer = answers.find(argv.at(1));
    if (answer == answers.end()) throw Error{ExitCode::host, "cannot run it"};
    return answer->second;
  }
  QemuAbilities ask(const std::set<QemuQuestion>& questions, bool may_write = true) {
    return ask_qemu(tree.path("qemu"), questions, *this,
                    {.path = tree.root() / "kept", .may_write = may_write});
  }
  std::filesystem::path kept_file() const {
    return std::filesystem::directory_iterator {
      tree.root() / "kept"
      } -> path();
  }
};

const std::set<QemuQuestion> all{QemuQuestion::help, QemuQuestion::devices,
                                 QemuQuestion::igd_passthru, QemuQuestion::vnc_password};
const QemuAbilities able{
    .help =
        QemuHelp{.version = "7.2.22", .options = {"spice", "audiodev"}, .audio_drivers = {"none"}},
    .devices = std::set<std::string>{"VGA", "nvme"},
    .igd_passthru = true,
    .vnc_password = false};

TEST_CASE("a QEMU is started once for each question, and for none whose answer is kept") {
  Qemu qemu;
  CHECK((qemu.ask({QemuQuestion::devices}) == QemuAbilities{.devices = able.devices}));
  CHECK(qemu.started == 1);
  CHECK(qemu.ask(all) == able);
  CHECK(qemu.started == 4);
  CHECK(qemu.ask(all) == able);
  CHECK(qemu.ask({}) == able);
  CHECK(qemu.started == 4);
}

TEST_CASE("a QEMU that was replaced is asked again") {
  Qemu qemu;
  qemu.ask(all);
  qemu.tree.write("qemu", "another");
  qemu.answers["-device"].output = "name \"e1000\"\n";
  CHECK((qemu.ask({QemuQuestion::devices}) ==
         QemuAbilities{.devices = std::set<std::string>{"e1000"}}));
  CHECK(qemu.started == 5);

  // The same size, at another time.
  struct stat status {};
  REQUIRE(::stat(qemu.tree.path("qemu").c_str(), &status) == 0);
  const timespec times[]{status.st_atim, {status.st_mtim.tv_sec - 1, 0}};
  REQUIRE(::utimensat(AT_FDCWD, qemu.tree.path("qemu").c_str(), times, 0) == 0);
  qemu.ask({QemuQuestion::devices});
  CHECK(qemu.started == 6);
}

TEST_CASE("who only looks writes nothing") {
  Qemu qemu;
  CHECK(qemu.ask(all, false) == able);
  CHECK_FALSE(std::filesystem::exists(qemu.tree.root() / "kept"));
  CHECK(qemu.ask(all, false) == able);
  CHECK(qemu.started == 8);
}

TEST_CASE("what is kept is for this user alone, and counts only then") {
  Qemu qemu;
  qemu.ask(all);
  struct stat status {};
  REQUIRE(::stat((qemu.tree.root() / "kept").c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0700);
  REQUIRE(::stat(qemu.kept_file().c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  ::chmod(qemu.kept_file().c_str(), 0666);
  CHECK(qemu.ask(all) == able);
  CHECK(qemu.started == 8);

  ::chmod((qemu.tree.root() / "kept").c_str(), 0777);
  CHECK(qemu.ask(all, false) == able);
  CHECK(qemu.started == 12);
}

TEST_CASE("a file that is not as it was written counts for nothing") {
  Qemu qemu;
  qemu.ask(all);
  const std::string name = "kept/" + qemu.kept_file().filename().string();
  const std::string good = qemu.tree.read(name);
  unsigned expected = qemu.started;
  const auto is_ignored = [&](const std::string& text) {
    qemu.tree.write(name, text);
    CAPTURE(text);
    CHECK(qemu.ask(all, false) == able);
    CHECK(qemu.started == (expected += 4));
  };
  for (const std::string& part : {good.substr(0, good.size() / 2), good.substr(0, good.size() - 4)})
    is_ignored(part);  // as one sees that another writes at this moment
  is_ignored("");
  is_ignored("x" + good);
  is_ignored(good.substr(0, good.find('\n') + 1) + "device VGA\nall 2\n");
  is_ignored(good.substr(0, good.find('\n') + 1) + "igd-passthru perhaps\nall 2\n");
  is_ignored(good.substr(0, good.find('\n') + 1) + "rubbish\nall 2\n");
  is_ignored(good + std::string(70000, 'x'));
  qemu.tree.write(name, good);
  CHECK(qemu.ask(all, false) == able);
  CHECK(qemu.started == expected);
}

TEST_CASE("a question without an answer is asked again the next time") {
  Qemu qemu;
  qemu.answers["-device"] = {.status = 9, .end = ProgramEnd::timed_out};
  const QemuAbilities silent = qemu.ask({QemuQuestion::devices});
  CHECK(silent.devices == std::nullopt);
  CHECK(silent.unknown_because == "it did not answer within 10 s");
  qemu.answers["-device"] = {.status = 1, .errors = "no memory\n"};
  CHECK(qemu.ask({QemuQuestion::devices}).unknown_because ==
        "-device help ended with status 1: no memory");
  qemu.answers.erase("-device");
  CHECK(qemu.ask({QemuQuestion::devices}).unknown_because == "cannot run it");
  CHECK(qemu.started == 3);
  CHECK_FALSE(std::filesystem::exists(qemu.tree.root() / "kept"));
}

TEST_CASE("a QEMU that is not there has nothing kept") {
  Qemu qemu;
  qemu.answers.clear();
  CHECK(ask_qemu("/nowhere/qemu", {QemuQuestion::help}, qemu, {qemu.tree.root() / "kept", true})
            .unknown_because == "cannot run it");
  CHECK_FALSE(std::filesystem::exists(qemu.tree.root() / "kept"));
}

}  // namespace
}  // namespace xenlaunch::test
