#include "launcher/boot/command_line.h"

#include <doctest/doctest.h>

#include "tests/unit/boot/print.h"

namespace xenlaunch::test {
namespace {

using Words = std::vector<std::string>;
using Value = std::optional<std::string>;

TEST_CASE("a command line is parted at its spaces, but not between double quotes") {
  const std::vector<std::pair<std::string, Words>> cases = {
      {"", {}},
      {" \t\n ", {}},
      {"quiet", {"quiet"}},
      {"  root=/dev/sda1  ro\tquiet\n", {"root=/dev/sda1", "ro", "quiet"}},
      {R"(a="b c" "d e=f g" h)", {R"(a="b c")", R"("d e=f g")", "h"}},
      {R"(a="b c d)", {R"(a="b c d)"}},
      {R"(a"b c"d" "e f)", {R"(a"b c"d" "e)", "f"}},
      {R"(" ")", {R"(" ")"}},
      {R"('a b')", {"'a", "b'"}},
      {"a\x01\xff b", {"a\x01\xff", "b"}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(split_command_line(one.first) == one.second);
    CHECK(split_command_line(join_command_line(one.second)) == one.second);
  }
  CHECK(join_command_line({"a", R"(b="c d")"}) == R"(a b="c d")");
  CHECK(join_command_line({}).empty());
}

TEST_CASE("a value is what Linux makes of the word") {
  const std::vector<std::pair<std::string, Value>> cases = {
      {"xen-pciback.hide=(00:02.0)", "(00:02.0)"},
      {"xen_pciback.hide=(00:02.0)", "(00:02.0)"},
      {"xen-pciback.hide=\"(00:02.0) (00:03.0)\"", "(00:02.0) (00:03.0)"},
      {"\"xen-pciback.hide=(00:02.0) (00:03.0)\"", "(00:02.0) (00:03.0)"},
      {R"("xen-pciback.hide="a"")", R"(a")"},
      {R"(xen-pciback.hide=a"b")", R"(a"b")"},
      {R"(xen-pciback.hide="a)", "a"},
      {R"(xen-pciback.hide=")", ""},
      {"xen-pciback.hide=", ""},
      {"xen-pciback.hide=a=b", "a=b"},
      {"xen-pciback.hide", std::nullopt},
      {"xen-pciback.hidex=1", std::nullopt},
      {"Xen-pciback.hide=1", std::nullopt},
      {"=xen-pciback.hide=1", std::nullopt},
      {"pciback.hide=1", std::nullopt},
      {"=", std::nullopt},
      {"\"", std::nullopt},
      {"", std::nullopt},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(value_of(one.first, "xen-pciback.hide") == one.second);
    CHECK(value_of(one.first, "xen_pciback.hide") == one.second);
  }
}

TEST_CASE("what stands behind -- is not Linux's and not Xen's") {
  CHECK(own_part("quiet  splash") == "quiet  splash");
  CHECK(own_part("quiet  -- console=tty0") == "quiet");
  CHECK(own_part("  -- console=tty0").empty());
  CHECK(own_part("quiet --x -- y -- z") == "quiet --x");
  CHECK(own_part(R"(quiet "a -- b" c )") == R"(quiet "a -- b" c )");
  CHECK(values_of("a=1 b=2 a=3 -- a=4", "a") == Words{"1", "3"});
}

TEST_CASE("words are replaced and taken out, and nothing else changes") {
  const auto edit = [](const std::string& line) {
    return edit_words(line, [](const std::string& word) -> Value {
      if (word == "out") return std::nullopt;
      return word == "old" ? "new words" : word;
    });
  };
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"", ""},
      {" \t ", " \t "},
      {" a  \"b  c\"\td \n", " a  \"b  c\"\td \n"},
      {"a  out  b", "a  b"},
      {"  out a b", "  a b"},
      {"a b  out ", "a b "},
      {"out", ""},
      {"out  out\tout", ""},
      {"out -- out", " -- out"},
      {"a old\told", "a new words\tnew words"},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(edit(one.first) == one.second);
  }
}

TEST_CASE("a word is added at the end of what Linux or Xen reads") {
  CHECK(with_word_at_end("", "new") == "new");
  CHECK(with_word_at_end("a  b", "new") == "a  b new");
  CHECK(with_word_at_end("a ", "new") == "a new");
  CHECK(with_word_at_end("a -- b", "new") == "a new -- b");
  CHECK(with_word_at_end("-- b", "new") == "new -- b");
  CHECK(with_word_at_end("a  b=\"c d", "new") == "a  new b=\"c d");
}

}  // namespace
}  // namespace xenlaunch::test
