#include <doctest/doctest.h>

#include <string>

#include "tests/unit/config/vm_file_text.h"

namespace xenlaunch::test {
namespace {

std::string repeated(const std::string& part, int times) {
  std::string text;
  for (int i = 0; i < times; ++i) text += part;
  return text;
}

TEST_CASE("empty files and other kinds of documents are refused") {
  const std::string empty =
      "vm.yaml:1:1: the file is empty; expected a mapping with at least name and memory";
  CHECK(problems_of("") == empty);
  CHECK(problems_of("\xef\xbb\xbf") == empty);
  CHECK(problems_of("# nothing\n\n") == empty);
  const std::string expectation =
      "; expected a mapping with name, uuid, memory, vcpus, firmware, boot, kernel, initrd, "
      "cmdline, platform, video_card, pci, disks, nics, vnc, serial, device_model, on_poweroff, "
      "on_reboot, on_crash, restart_limit, clock, cpu, spice, sound, usb, tpm";
  CHECK(problems_of("---\n") == "vm.yaml:2:1: has no value" + expectation);
  CHECK(problems_of("- name\n") == "vm.yaml:1:1: is a list" + expectation);
  CHECK(problems_of("win10\n") == "vm.yaml:1:1: 'win10' is a single value" + expectation);
}

TEST_CASE("missing keys are reported at the position of their mapping") {
  CHECK(problems_of("# a comment\n\nvcpus: 1\n") ==
        "vm.yaml:3:1: name: is missing; expected 1 to 64 letters, digits, '.', '_' or '-', "
        "starting with a letter, digit or '_'\n"
        "vm.yaml:3:1: memory: is missing; expected a size such as 512MiB or 4GiB");
}

TEST_CASE("text after the document is refused, with and without a marker") {
  const std::string vm = "name: a\nmemory: 1GiB\n";
  CHECK(problems_of(vm + "---\n" + vm) ==
        "vm.yaml:3:1: a second document starts here; expected one document");
  CHECK(problems_of(vm + "---\n") ==
        "vm.yaml:3:1: a second document starts here; expected one document");
  CHECK(problems_of(vm + "...\nvcpus: 2\n") ==
        "vm.yaml:4:1: text follows the document; expected one document");
  CHECK(problems_of("{name: a, memory: 1GiB} vcpus\n") ==
        "vm.yaml:1:25: text follows the document; expected one document");
  CHECK(problems_of("vcpus: 0\n---\n").find("vcpus: '0' is out of range") != std::string::npos);
}

TEST_CASE("directives are refused, also those the parser drops with all that follows") {
  const std::string problem =
      "directives are not supported; expected a document without %YAML or %TAG";
  CHECK(problems_of("%YAML 1.2\n---\nname: a\nmemory: 1GiB\n") == "vm.yaml:1:1: " + problem);
  CHECK(problems_of("name: a\nmemory: 1GiB\n%FOO\nvcpus: 0\n") == "vm.yaml:3:1: " + problem);
}

TEST_CASE("a key given twice is a problem, and so is a merge key") {
  CHECK(problems_of_line("name: b") ==
        "3:1: name: is given twice, first at line 1; expected each key once");
  CHECK(problems_of_line("vnc: {listen: 127.0.0.1, listen: 0.0.0.0}") ==
        "3:26: vnc.listen: is given twice, first at line 3; expected each key once");
  CHECK(problems_of_line("<<: {vcpus: 2}") ==
        "3:1: '<<': merge keys are not supported; expected each key written out");
}

TEST_CASE("a key that is no word is a problem") {
  const std::string expectation =
      "; expected listen, port, socket, password_file, keymap or "
      "without_password";
  CHECK(problems_of_line("vnc: {listen: ::1, [a]: b}") ==
        "3:20: vnc: has a key that is not a word" + expectation);
  CHECK(problems_of_line("vnc: {listen: ::1, ~: b}") ==
        "3:20: vnc: has a key that is not a word" + expectation);
  CHECK(problems_of_line("vnc: {listen: ::1, \"\\e[2J\\n\": b}") ==
        "3:20: vnc.'\\x1b[2J\\n': is not a known key" + expectation);
  CHECK(problems_of_line("vnc: {listen:127.0.0.1}") ==
        "3:7: vnc.'listen:127.0.0.1': is not a known key" + expectation);
}

TEST_CASE("anchors, aliases and tags are refused by name") {
  CHECK(problems_of("name: &x a\nmemory: 1GiB\ncmdline: *x\nkernel: !!str /k\nserial: ! pty\n"
                    "boot: !list [disk]\n? &k vnc\n: {listen: ::1}\n") ==
        "vm.yaml:1:7: name: anchor 'x' is not supported; expected values without anchors\n"
        "vm.yaml:3:10: cmdline: aliases are not supported; expected the value itself\n"
        "vm.yaml:4:9: kernel: tag 'tag:yaml.org,2002:str' is not supported; expected a value "
        "without a tag\n"
        "vm.yaml:5:9: serial: tag '!' is not supported; expected a value without a tag\n"
        "vm.yaml:6:7: boot: tag '!list' is not supported; expected a value without a tag\n"
        "vm.yaml:7:3: anchor 'k' is not supported; expected values without anchors");
  CHECK(problems_of_line("cmdline: *unknown") ==
        "3:10: not valid YAML: aliases are not supported; expected YAML 1.2");
}

TEST_CASE("an alias bomb is refused without being expanded") {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c <= 'z'; ++c) {
    const std::string alias = std::string{"*"} + static_cast<char>(c - 1);
    text += std::string{c} + ": &" + c + " [" + repeated(alias + " , ", 10) + "]\n";
  }
  CHECK(problems_of(text).ends_with("\nvm.yaml: 204 more problems are not shown"));
}

TEST_CASE("deep nesting is refused before it can exhaust the stack") {
  const std::string problem = "nests deeper than 16 levels; expected a VM file, which needs 3";
  CHECK(problems_of(repeated("[", 10000)) == "vm.yaml:1:9: " + problem);
  CHECK(problems_of(repeated("- ", 10000)) == "vm.yaml:1:33: " + problem);
  CHECK(problems_of(repeated("{a: ", 10000)) == "vm.yaml:1:61: " + problem);
}

TEST_CASE("a value left out is reported at its key or list, not at what follows it") {
  CHECK(problems_of("name:\nmemory: ~\npci:\n  -\n  - null\n") ==
        "vm.yaml:1:1: name: has no value; expected 1 to 64 letters, digits, '.', '_' or '-', "
        "starting with a letter, digit or '_'\n"
        "vm.yaml:2:9: memory: has no value; expected a size such as 512MiB or 4GiB\n"
        "vm.yaml:4:3: pci[0]: has no value; expected SSSS:BB:DD.F\n"
        "vm.yaml:5:5: pci[1]: has no value; expected SSSS:BB:DD.F");
  CHECK(problems_of_line("serial: \"null\"") ==
        "3:9: serial: unknown value 'null'; expected none, pty, file:PATH or unix:PATH");
}

TEST_CASE("binary data, invalid UTF-8 and control characters are refused where they stand") {
  using namespace std::string_literals;
  const std::string expected = "; expected printable UTF-8 text";
  CHECK(problems_of("name: a\nme\0mory"s) ==
        "vm.yaml:2:3: character U+0000 is not allowed" + expected);
  CHECK(problems_of("\x7f"
                    "ELF") == "vm.yaml:1:1: character U+007F is not allowed" + expected);
  CHECK(problems_of("name: \xff") == "vm.yaml:1:7: byte 0xff is not UTF-8" + expected);
  CHECK(problems_of("\xff\xfen\0a\0"s) == "vm.yaml:1:1: byte 0xff is not UTF-8" + expected);
  for (const char* broken :
       {"\xc0\x80", "\xc3", "\xe0\x80\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80"}) {
    CAPTURE(broken);
    CHECK(problems_of(broken).find("is not UTF-8") != std::string::npos);
  }
  // yaml-cpp takes U+0004 for the end of the file.
  CHECK(problems_of("name: a\nmemory: 1GiB\n\x04\nvcpus: 0\n") ==
        "vm.yaml:3:1: character U+0004 is not allowed" + expected);
  CHECK(problems_of("name: a\rmemory: 1GiB\r") ==
        "vm.yaml:1:8: character U+000D is not allowed" + expected);
  CHECK(problems_of("name: a # \xc2\x9b") ==
        "vm.yaml:1:11: character U+009B is not allowed" + expected);
  CHECK(problems_of("name: \xef\xbb\xbf"
                    "a") == "vm.yaml:1:7: character U+FEFF is not allowed" + expected);
}

TEST_CASE("escapes cannot bring in what the text must not have") {
  CHECK(problems_of_line("vnc: {listen: \"127.0.0.1\\0\"}") ==
        "3:15: vnc.listen: '127.0.0.1\\x00' has an unprintable character; expected an IPv4 or IPv6 "
        "address");
  // yaml-cpp makes bytes that are not UTF-8 of these.
  CHECK(problems_of_line("kernel: \"/\\N\"") ==
        "3:9: kernel: '/\\x85' has an unprintable character; expected an absolute path");
  CHECK(problems_of_line("kernel: \"/\\_\"") ==
        "3:9: kernel: '/\\xa0' has an unprintable character; expected an absolute path");
  CHECK(
      problems_of_line("kernel: |\n  /boot\n  /vmlinuz") ==
      "3:9: kernel: '/boot\\n/vmlinuz\\n' has an unprintable character; expected an absolute path");
}

TEST_CASE("values are cut in messages") {
  CHECK(problems_of_line("kernel: " + repeated("\xc3\xa4", 70)) ==
        "3:9: kernel: '" + repeated("\xc3\xa4", 60) +
            "...' is not an absolute path; expected an absolute path");
}

TEST_CASE("tabs do not indent, but separate and follow") {
  CHECK(problems_of_line("platform:\n\tvga: std") ==
        "4:1: a tab indents the line; expected spaces");
  CHECK(problems_of_line("vcpus:\t2\t# two\n \t\n\t# comment") == "");
}

TEST_CASE("a quote left open is refused, also where the parser would take the rest of the file") {
  CHECK(problems_of_line("cmdline: \"quiet") ==
        "3:10: not valid YAML: the closing quote is missing; expected YAML 1.2");
  CHECK(problems_of_line("cmdline: 'it''s") ==
        "3:10: not valid YAML: the closing quote is missing; expected YAML 1.2");
  CHECK(problems_of_line("cmdline: \"a \\\" b\\\\\"\nkernel: '/it''s'") == "");
}

TEST_CASE("broken YAML is reported where it breaks") {
  CHECK(problems_of("name: a\n  memory: 1GiB\n") ==
        "vm.yaml:2:9: not valid YAML: this ':' has no key; is a quote or the indentation missing?; "
        "expected YAML 1.2");
  CHECK(problems_of_line("platform:\n    vga: std\n  videoram: 4") ==
        "5:3: not valid YAML: this is no key of the mapping; is the indentation right?; expected "
        "YAML 1.2");
  CHECK(problems_of_line("boot: [disk\nvcpus: 2") ==
        "4:6: not valid YAML: ']' or ',' is missing; expected YAML 1.2");
  CHECK(problems_of_line("vnc: {listen: 127.0.0.1") ==
        "4:1: not valid YAML: '}' or ',' is missing; expected YAML 1.2");
  CHECK(problems_of_line("kernel: @boot@") ==
        "3:9: not valid YAML: no value starts like this; is a quote missing?; expected YAML 1.2");
  CHECK(problems_of_line("kernel: \"/\\q\"") ==
        "3:13: not valid YAML: unknown escape character: q; expected YAML 1.2");
}

TEST_CASE("a file full of problems gives 100 of them and their number") {
  const std::string text = problems_of_line("pci:\n" + repeated("  - x\n", 250));
  CHECK(
      text.ends_with("vm.yaml:103:5: pci[99]: 'x' is not a PCI address; expected SSSS:BB:DD.F\n"
                     "vm.yaml: 150 more problems are not shown"));
}

}  // namespace
}  // namespace xenlaunch::test
