#include "base/undo_stack.h"

#include <stdexcept>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using Lines = std::vector<std::string>;

struct Recorder {
  Lines lines;
  UndoStack::Reporter reporter() {
    return [this](const std::string& label, const std::string& reason) {
      lines.push_back("failed: " + label + ": " + reason);
    };
  }
  UndoStack::Observer observer() {
    return [this](const std::string& label) { lines.push_back("begin: " + label); };
  }
  std::function<void()> undo(const std::string& text) {
    return [this, text] { lines.push_back(text); };
  }
};

TEST_CASE("undos run newest first, each once, and each is announced") {
  Recorder recorder;
  UndoStack undo{recorder.reporter(), recorder.observer()};
  undo.push("one", recorder.undo("1"));
  undo.push("two", recorder.undo("2"));
  undo.unwind();
  undo.unwind();
  CHECK(recorder.lines == Lines{"begin: two", "2", "begin: one", "1"});
}

TEST_CASE("what is committed is not undone, and what is pushed after it is") {
  Recorder recorder;
  UndoStack undo{recorder.reporter()};
  undo.push("one", recorder.undo("1"));
  undo.commit();
  undo.push("two", recorder.undo("2"));
  undo.unwind();
  CHECK(recorder.lines == Lines{"2"});
}

TEST_CASE("an undo that fails is reported and does not stop the others") {
  Recorder recorder;
  UndoStack undo{recorder.reporter()};
  undo.push("one", recorder.undo("1"));
  undo.push("two", [] { throw std::runtime_error{"no"}; });
  undo.push("three", recorder.undo("3"));
  undo.unwind();
  CHECK(recorder.lines == Lines{"3", "failed: two: no", "1"});
}

TEST_CASE("an undo that throws something unheard of is reported like the others") {
  Recorder recorder;
  UndoStack undo{recorder.reporter()};
  undo.push("one", recorder.undo("1"));
  undo.push("two", [] { throw 2; });
  undo.unwind();
  CHECK(recorder.lines == Lines{"failed: two: unknown exception", "1"});
}

TEST_CASE("a stack that goes out of scope unwinds") {
  Recorder recorder;
  {
    UndoStack undo{recorder.reporter()};
    undo.push("one", recorder.undo("1"));
    undo.push("two", recorder.undo("2"));
    CHECK(recorder.lines.empty());
  }
  CHECK(recorder.lines == Lines{"2", "1"});
}

}  // namespace
}  // namespace xenlaunch::test
