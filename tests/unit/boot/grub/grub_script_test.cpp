#include "launcher/boot/grub/grub_script.h"

#include <doctest/doctest.h>

#include "launcher/boot/grub/grub_cfg.h"
#include "tests/unit/boot/grub/grub_samples.h"
#include "tests/unit/boot/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using Commands = std::vector<GrubScript::Command>;

/// The commands that a script leaves to GRUB.
Commands commands_of(const std::string& text, const std::string& grubenv = "") {
  GrubScript script{text, grubenv};
  Commands commands;
  script.run(script.whole(),
             [&commands](const GrubScript::Command& command) { commands.push_back(command); });
  return commands;
}

TEST_CASE("words are what GRUB's script language makes of them") {
  const std::vector<std::pair<std::string, Commands>> cases = {
      {"", {}},
      {" \t\n\n;;\n", {}},
      {"a b\tc", {{"a", "b", "c"}}},
      {"a;b&c|d\ne", {{"a"}, {"b"}, {"c"}, {"d"}, {"e"}}},
      {"a 'b  \"$x\" \\' c", {{"a", "b  \"$x\" \\", "c"}}},
      {R"(a "b 'c' \" \\ \$x \n" d)", {{"a", R"(b 'c' " \ $x \n)", "d"}}},
      {R"(a b\ c\$x\'\\)", {{"a", R"(b c$x'\)"}}},
      {"a b'c d'\"e f\"g", {{"a", "bc de fg"}}},
      {"a '' \"\" b", {{"a", "", "", "b"}}},
      {"a \\\n b\\\nc \"d\\\ne\"", {{"a", "bc", "de"}}},
      {"a 'b\nc' \"d\ne\"", {{"a", "b\nc", "d\ne"}}},
      {"# a\nb c#d # e\n#f", {{"b", "c#d"}}},
      {"a $\"b c\" d$", {{"a", "b c", "d$"}}},
      {"a 'unclosed\nb", {{"a", "unclosed\nb"}}},
      {"a \"unclosed\\", {{"a", "unclosed\\"}}},
      {"a \\", {{"a"}}},
      {"a xen-pciback.hide=(00:02.0)(01:*.*)", {{"a", "xen-pciback.hide=(00:02.0)(01:*.*)"}}},
      {"a\xff\x01 b", {{"a\xff\x01", "b"}}},
      {"a } b } c", {{"a"}, {"b"}, {"c"}}},
      {"a { b }\nc", {{"a"}, {"c"}}},
      {"a { b", {{"a"}, {"b"}}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(commands_of(one.first) == one.second);
  }
}

TEST_CASE("a variable is what it was set to, and nothing where it was not") {
  const std::string set = "set x=1\ny='2  3 '\nset e=\"\"\n";
  const std::vector<std::pair<std::string, Commands>> cases = {
      {"a $x ${x} \"$x\" \"${x}b\" $xb '$x' \\$x", {{"a", "1", "1", "1", "1b", "$x", "$x"}}},
      {"a -$y- \"-$y-\" $y", {{"a", "-2", "3-", "-2  3 -", "2", "3"}}},
      {"a $e b \"$e\" $nothing ${nothing}c \"$nothing\"", {{"a", "b", "", "c", ""}}},
      {"a $1 $? $# $@ ${*} $1b", {{"a", "b"}}},
      {"a ${x", {{"a", "$"}, {"x"}}},
      {"a ${x y}", {{"a", "$"}}},
      {"a ${} $", {{"a", "$"}, {"$"}}},
      {"a \"${x y} ${ $\"", {{"a", "${x y} ${ $"}}},
      {"unset x; a $x.", {{"a", "."}}},
      {"set x=$y; a $x", {{"a", "2"}}},
      {"set x=\"$y\"; a $x", {{"a", "2", "3"}}},
      {"x=5 z=6; a $x$z", {{"a", "5"}}},
      {"set x; set =7; set; unset; =8; a $x", {{"set"}, {"unset"}, {"a", "1"}}},
      {"$e; $nothing; a", {{"a"}}},
      {"$y", {{"2", "3"}}},
      {"a $feature_menuentry_id$feature_x", {{"a", "yy"}}},
      {"function f { x=2; b; }\nfunction g\n{\nb\n}\nf; a $x", {{"f"}, {"a", "1"}}},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(commands_of(set + one.first) == one.second);
  }
}

TEST_CASE("tests compare strings, and know no file but grubenv") {
  const std::vector<std::string> yes = {"a",
                                        "a = a",
                                        "a == a",
                                        "a != b",
                                        "-n a",
                                        "-z ''",
                                        "! ''",
                                        "! -e /x",
                                        "a = b -o a = a",
                                        "a = a -o a = b",
                                        "a -a b",
                                        "a = a b = b",
                                        "! a = b",
                                        "( a = a )",
                                        "( '' ) -o ( a )",
                                        "! ( '' -o '' )",
                                        "a = a -a -s $prefix/grubenv",
                                        "x$feature_a = xy",
                                        "",
                                        "= = =",
                                        "-o -a -o a"};
  const std::vector<std::string> no = {"''",
                                       "a = b",
                                       "a != a",
                                       "-z a",
                                       "-n ''",
                                       "-f /x",
                                       "-d /x",
                                       "-e /boot/grub/grubenv",
                                       "-s /x",
                                       "a = a -a a = b",
                                       "'' -o ''",
                                       "! ( a )",
                                       "( a = b -o '' ",
                                       "! a",
                                       "\"$nothing\"",
                                       "-s grubenv"};
  const auto result = [](const std::string& command) {
    return commands_of("if " + command + "; then yes; else no; fi", "x").front().front();
  };
  for (const std::string& test : yes) {
    CAPTURE(test);
    CHECK(result("[ " + test + " ]") == "yes");
    CHECK(result("test " + test) == "yes");
    CHECK(result("! [ " + test + " ]") == "no");
  }
  for (const std::string& test : no) {
    CAPTURE(test);
    CHECK(result("[ " + test + " ]") == "no");
    CHECK(result("! test " + test) == "yes");
  }
}

TEST_CASE("of an if one branch is run, of a loop nothing") {
  const auto names = [](const std::string& text) {
    std::string all;
    for (const GrubScript::Command& command : commands_of(text)) all += command.front() + " ";
    return all;
  };
  const std::string no = "[ '' ]";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"if true; then a; b; fi; c", "a b c "},
      {"if " + no + "; then a; fi; c", "c "},
      {"if " + no + "\nthen a\nelse b\nfi\nc", "b c "},
      {"if " + no + "; then a; elif true; then b; elif true; then c; else d; fi", "b "},
      {"if true; then a; elif x; then b; else c; fi", "a "},
      {"if " + no + "; then if true; then a; else b; fi; else c; fi", "c "},
      {"if true; then if " + no + "; then a; else if true; then b; fi; fi; c; fi; d", "b c d "},
      {"if hwmatch; then a; else b; fi", "hwmatch b "},
      {"if ! hwmatch; then a; else b; fi", "hwmatch a "},
      {"for x in 1 2; do a; done; b", "b "},
      {"while true; do if true; then a; fi; done; until b; do c; done; d", "d "},
      // None of these is script.
      {"fi; else; a; then b; done; c", "a b c "},
      {"if true; a; else b", "a b "},
      {"if true; then a; else; else b; fi", "a "},
      {"echo if then fi", "echo "},
      {"'if' a", "if "},
      {"!; a", "a "},
  };
  for (const auto& one : cases) {
    CAPTURE(one.first);
    CHECK(names(one.first) == one.second);
  }
}

TEST_CASE("load_env reads grubenv's variables, or those that it names") {
  const std::string grubenv = grubenv_with("x=1\ny=2 3\n");
  const Commands none = {{"a"}};
  CHECK(commands_of("load_env; a $x $y", grubenv) == Commands{{"a", "1", "2", "3"}});
  CHECK(commands_of("load_env --skip-sig x z; a $x $y", grubenv) == Commands{{"a", "1"}});
  CHECK(commands_of("load_env -f /other; load_env --file=/other; a $x", grubenv) == none);
  CHECK(commands_of("load_env; a $x", "") == none);
}

TEST_CASE("an entry sees the variables of when it boots, in a submenu only the exported ones") {
  const auto dom0 = [](const std::string& text) { return next_entry(text, "").dom0; };
  CHECK(dom0("x=1\nmenuentry a { y=3; linux /l $x $y $z; }\nx=2\n") == "2 3");
  CHECK(dom0("x=1\ny=1\nexport y\nsubmenu s { z=1; menuentry a { linux /l x$x y$y z$z; }; }\n") ==
        "x y1 z1");
  CHECK(dom0("t=b\nmenuentry $t --id=i { linux /l b; }\nt=c\ndefault=i\n") == "b");
  CHECK(dom0("default=b>c\nsubmenu --class x b { default=1\nmenuentry 0 { linux /l 0; }\n"
             "menuentry c { linux /l c; } }\n") == "c");
}

TEST_CASE("entries are those that are defined where the script comes along") {
  const auto title = [](const std::string& text) { return next_entry(text, "").title; };
  CHECK(title("if [ a = b ]; then menuentry a { linux /a; }; fi; menuentry b { linux /b; }") ==
        "b");
  CHECK(title("} } menuentry a { linux /a; } } menuentry b { linux /b; }") == "a");
  CHECK(title("function f { menuentry a { linux /a; } }\nmenuentry b { linux /b; }") == "b");
  CHECK(title("menuentry a\n{ linux /a; }\nmenuentry b { linux /b; }") == "b");
  CHECK(title("menuentry --unrestricted --class x --hotkey=y 'b c' d --users z { linux /b; }") ==
        "b c");
}

TEST_CASE("a hostile text is read in bounded time and space") {
  const std::string cannot = "4: cannot tell what the next boot starts: ";
  const auto times = [](int count, const std::string& text) {
    std::string all;
    for (int done = 0; done < count; ++done) all += text;
    return all;
  };
  const auto reason = [](const std::string& text) {
    return error_of([&text] { next_entry(text, ""); });
  };
  CHECK(reason("x=aaaaaaaa\n" + times(100, "x=$x$x\n")) ==
        cannot + "the variables of grub.cfg grow without end");
  CHECK(reason("x=" + std::string(1 << 16, 'a') + "\n" + times(2000, "b $x\n")) ==
        cannot + "the variables of grub.cfg grow without end");
  CHECK(reason(times(1 << 16, "{")) == cannot + "grub.cfg has no menu entries");
  CHECK(reason(times(1 << 16, "}")) == cannot + "grub.cfg has no menu entries");
  CHECK(reason(times(10'000, "if ")) == cannot + "grub.cfg has no menu entries");
  CHECK(reason("[ " + times(10'000, "( ") + "a ]") == cannot + "grub.cfg has no menu entries");
  CHECK(reason(std::string(1 << 16, '$')) == cannot + "grub.cfg has no menu entries");
  const std::string nested = times(10'000, "submenu s {\n");
  CHECK(next_entry(nested + "menuentry e { linux /l a; }\n" + times(10'000, "}\n"), "").dom0 ==
        "a");
  const std::string large =
      "# GRUB Environment Block\n" + times(50'000, "name=a value of some length\n");
  CHECK(error_of([&] { next_entry(times(10'000, "load_env\n"), large); }) ==
        cannot + "the variables of grub.cfg grow without end");
  CHECK(error_of([&] { next_entry("load_env " + times(20'000, "a b c d ") + "\n", large); }) ==
        cannot + "grub.cfg has no menu entries");
  const std::string many = times(10'000, "menuentry e { linux /l a; }\n");
  CHECK(next_entry("default=x\n" + many + "menuentry x { linux /x x; }\n", "").dom0 == "x");
}

}  // namespace
}  // namespace xenlaunch::test
