#include "base/text.h"

#include <doctest/doctest.h>

namespace xenlaunch::test {
namespace {

TEST_CASE("text from outside is made safe for a terminal and a log") {
  CHECK(printable("0x8086") == "0x8086");
  CHECK(printable("Gr\xc3\xbc\xc3\x9f"
                  "e \xe2\x82\xac \xf0\x9f\x96\xa5") ==
        "Gr\xc3\xbc\xc3\x9f"
        "e \xe2\x82\xac \xf0\x9f\x96\xa5");
  CHECK(printable("a\x1b[2J\n\t\r\x7f\xff") == "a\\x1b[2J\\n\\t\\x0d\\x7f\\xff");
  CHECK(printable(std::string("a\0b", 3)) == "a\\x00b");
  CHECK(printable("\xc2\x9b"
                  "31m") == "\\x9b31m");  // CSI in one character
  CHECK(printable("a\xe2\x80\xae"
                  "fdp.exe") == "a\\u202efdp.exe");  // right to left from here
  CHECK(printable("\xc3") == "\\xc3");               // cut off
  CHECK(printable("\xc0\x9b") == "\\xc0\\x9b");      // longer than it has to be
}

TEST_CASE("no byte that acts on a terminal is left by itself, whatever stands around it") {
  for (int first = 0; first < 256; ++first) {
    for (int second = 0; second < 256; ++second) {
      const std::string text{static_cast<char>(first), static_cast<char>(second), 'x'};
      CAPTURE(first);
      CAPTURE(second);
      const std::string shown = printable(text);
      if (!is_printable(shown) || printable(shown) != shown) FAIL(shown);
      if (is_printable(text) && shown != text) FAIL(shown);
    }
  }
}

TEST_CASE("an excerpt is cut by characters, not within one") {
  CHECK(excerpt(std::string(50, 'x')) == std::string(40, 'x') + "...");
  CHECK(excerpt("\xc3\xa4\xc3\xb6\xc3\xbc", 2) == "\xc3\xa4\xc3\xb6...");
  CHECK(excerpt("\xc3\xa4\xc3\xb6", 2) == "\xc3\xa4\xc3\xb6");
}

}  // namespace
}  // namespace xenlaunch::test
