#include "base/text.h"

#include <doctest/doctest.h>

#include <random>
#include <string>
#include <vector>

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

/// What terminals act on, and what changes the order of what they show: not by our own list.
bool acts_on_a_terminal(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto byte = static_cast<unsigned char>(text[at]);
    const std::string_view rest = text.substr(at);
    if (byte < 0x20 || byte == 0x7f) return true;
    if (rest.starts_with("\xc2") && rest.size() > 1 && static_cast<unsigned char>(rest[1]) < 0xa0)
      return true;
    for (const char* one :
         {"\xd8\x9c", "\xe2\x80\x8e", "\xe2\x80\x8f", "\xe2\x80\xa8", "\xe2\x80\xa9",
          "\xe2\x80\xaa", "\xe2\x80\xab", "\xe2\x80\xac", "\xe2\x80\xad", "\xe2\x80\xae",
          "\xe2\x81\xa6", "\xe2\x81\xa7", "\xe2\x81\xa8", "\xe2\x81\xa9"})
      if (rest.starts_with(one)) return true;
  }
  return false;
}

TEST_CASE("random bytes, most of them such as are dangerous, come out harmless") {
  const std::vector<std::string> pieces{
      "\x1b[2J", "\x1b]0;x\x07", "\xc2\x9b",         "\xe2\x80\xae", "\xe2\x81\xa6", "\xe2", "\x80",
      "\x9b",    "\xc2",         "\xd8\x9c",         "\r",           "\n",           "\t",   "\x7f",
      "a",       "\xc3\xbc",     "\xf0\x9f\x96\xa5", "\xed\xa0\x80", "\\",           "\""};
  std::mt19937 random{7};  // NOLINT: the same in every run
  for (int i = 0; i < 20'000; ++i) {
    std::string text;
    for (unsigned n = random() % 8; n > 0; --n)
      text += random() % 3 == 0 ? std::string(1, static_cast<char>(random() % 256))
                                : pieces[random() % pieces.size()];
    const std::string shown = printable(text);
    if (acts_on_a_terminal(shown) || !is_printable(shown)) FAIL(shown);
    if (is_printable(text) && acts_on_a_terminal(text)) FAIL(text);
  }
}

TEST_CASE("JSON loses the control characters that it may hold, and nothing else") {
  CHECK(json_without_controls("{\n  \"a\": \"\x7f\xc2\x9b\xe2\x80\xae\xc3\xbc\\u001b\"\n}") ==
        "{\n  \"a\": \"\\u007f\\u009b\\u202e\xc3\xbc\\u001b\"\n}");
}

TEST_CASE("an excerpt is cut by characters, not within one") {
  CHECK(excerpt(std::string(50, 'x')) == std::string(40, 'x') + "...");
  CHECK(excerpt("\xc3\xa4\xc3\xb6\xc3\xbc", 2) == "\xc3\xa4\xc3\xb6...");
  CHECK(excerpt("\xc3\xa4\xc3\xb6", 2) == "\xc3\xa4\xc3\xb6");
}

}  // namespace
}  // namespace xenlaunch::test
