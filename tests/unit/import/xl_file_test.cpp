// What libxlutil takes, and how it is found where it stands.
#include "launcher/import/xl_file.h"

#include "base/error.h"
#include "launcher/import/xl_names.h"
#include "tests/unit/import/imports.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::XlAssignment> {
  static String convert(const xenlaunch::XlAssignment& one) {
    const std::string text = one.name + (one.adds ? "+=" : "=") + std::to_string(one.line);
    return {text.data(), static_cast<unsigned>(text.size())};
  }
};

}  // namespace doctest

namespace xenlaunch::test {
namespace {

std::string problem_of(const std::string& text) {
  try {
    read_xl_file(text, "a.cfg");
    return "";
  } catch (const Error& error) {
    CHECK(error.code == ExitCode::vm_file);
    return error.what();
  }
}

/// "NAME=VALUE", with the line and those that it replaces.
std::string settings_of(const std::string& text) {
  std::string all;
  for (const XlSetting& setting : read_xl_file(text, "a.cfg").settings) {
    all += std::to_string(setting.line);
    for (const int line : setting.replaced) all += "(" + std::to_string(line) + ")";
    all += " " + setting.name + "=" + setting.text;
    for (const XlItem& item : setting.items)
      all += "[" + std::to_string(item.line) + ":" + item.text.value_or("LIST") + "]";
    all += "\n";
  }
  return all;
}

TEST_CASE("names are found outside of strings, lists and comments alone") {
  CHECK(xl_assignments(
            "a=1;b = 'c=2 # d=3'\n# e=4\nf=[ 'g=5',\n \"h='6\\\"'\", # i=7\n ]\nj+=\"k\"\n") ==
        std::vector<XlAssignment>{{"a", 1}, {"b", 1}, {"f", 3}, {"j", 6, true}});
}

TEST_CASE("a value is what libxlutil makes of it") {
  CHECK(settings_of("a=\"x\\n\\\"y\"\nb='0x10'\nc=[\n 'one',\n 'two', [ 'in' ], ]\nd=007\n") ==
        "1 a=x\n\"y\n2 b=0x10\n3 c=[4:one][5:two][5:LIST]\n6 d=007\n");
}

TEST_CASE("of a name that is set twice the last counts, and += goes on with it") {
  CHECK(settings_of("a=1\nb=['x']\na=2\nb+=['y']\nc='p'\nc='q'\nc+='r'\n") ==
        "3(1) a=2\n4 b=[2:x][4:y]\n7(5) c=qr\n");
}

TEST_CASE("what is no line of xl's is told at once with what else is wrong") {
  CHECK(says("Memory = 4\nvcpus = True\nvif = 'x'\nvncdisplay = -5\n") ==
        "1 Memory refused: xl cannot read the line near `Memory': lexical error\n"
        "2 vcpus refused: xl cannot read the line near `True': lexical error\n"
        "3 vif refused: 'x' is not a list, and xl takes nothing of it; expected [ '...' ]\n"
        "4 vncdisplay refused: xl cannot read the line near `-5': lexical error\n");
}

TEST_CASE("a file that libxlutil cannot read at all is refused in its words") {
  const std::string problem = problem_of("a = [ 'x'\n'y' ]\n");
  CAPTURE(problem);
  CHECK(problem.starts_with("a.cfg:2: config parsing error near `'y'': syntax error"));
}

TEST_CASE("what xl refuses without saying why is explained") {
  CHECK(problem_of("a=1\r\nb=2\r\n") ==
        "a.cfg:1: lines end in CR LF, which xl refuses; run dos2unix");
  CHECK(problem_of("\xef\xbb\xbf"
                   "a=1\n") == "a.cfg:1: a byte order mark, which xl refuses; save it without one");
  CHECK(problem_of(std::string{"a=1\nb='\0'\n", 10}) == "a.cfg:2: a NUL byte; expected text");
  CHECK(problem_of(std::string(65537, '\n')) ==
        "cannot read a.cfg: it is 65537 bytes large; expected at most 64 KiB");
}

TEST_CASE("control characters reach nobody's terminal") {
  CHECK(problem_of("a = [ \x1b[2J\n").find('\x1b') == std::string::npos);
  CHECK(says("cmdline = 'a\x1b[2J'\n") ==
        "1 cmdline refused: 'a\\x1b[2J' has control characters, or bytes that are not UTF-8; "
        "expected printable text; there is no kernel= that it could be for, and xl 4.17 and later "
        "refuse it\n");
  CHECK(says("soundhw = '\xff'\n") ==
        "1 soundhw refused: '\\xff' has control characters, or bytes that are not UTF-8; expected "
        "printable text\n");
}

TEST_CASE("a file that cannot be opened is told of") {
  CHECK_THROWS_WITH_AS(read_xl_file_text("/nowhere/a.cfg"),
                       "cannot read xl configuration /nowhere/a.cfg: No such file or directory",
                       Error);
}

}  // namespace
}  // namespace xenlaunch::test
