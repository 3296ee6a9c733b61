#include "launcher/config/yaml_writer.h"

#include <doctest/doctest.h>

#include "launcher/config/vm_reader.h"

namespace xenlaunch::test {
namespace {

/// What the reader finds where `text` was written.
std::string written_and_read(const std::string& text) {
  const YamlDocumentText document{.entries = {{.key = "name", .value = YamlValue::text("a")},
                                              {.key = "memory", .value = YamlValue::word("1GiB")},
                                              {.key = "kernel", .value = YamlValue::text("/k")},
                                              {.key = "cmdline", .value = YamlValue::text(text)}}};
  return parse_vm_file(write_yaml(document), "a.yaml").direct_boot->cmdline.value_or("");
}

TEST_CASE("a text is read as it was written") {
  for (
      const std::string text :
      {"plain", "yes", "null", "~",  "1",    "0x1", "1.5",   "-x",          "? a",           "a: b",
       "a #b",  "#a",  "[a]",  "{a", "a, b", "'a'", "\"a\"", "\\a",         " a ",           "&a",
       "*a",    "!a",  "|",    ">",  "%a",   "@a",  "`a",    "caf\xc3\xa9", "a=b c=\"d e\"", "---",
       "...",   "<<"}) {
    CAPTURE(text);
    CHECK(written_and_read(text) == text);
  }
}

TEST_CASE("maps in a list have a line each, and a comment is one line") {
  YamlValue disk;
  disk.field("image") = YamlValue::text("/a b");
  disk.field("readonly") = YamlValue::boolean(true);
  YamlValue model;
  model.field("extra_args") = YamlValue::list({YamlValue::text("-d"), YamlValue::text("x")});
  CHECK(write_yaml({.head = {"of a\x1b[2J"},
                    .entries = {{"vcpus", YamlValue::number(2), {}},
                                {"disks", YamlValue::list({disk, disk}), {"one", "two\nthree"}},
                                {"device_model", model, {}}},
                    .end = {"end"}}) ==
        "# of a\\x1b[2J\n"
        "\n"
        "vcpus: 2\n"
        "# one\n"
        "# two\\nthree\n"
        "disks:\n"
        "  - {image: \"/a b\", readonly: true}\n"
        "  - {image: \"/a b\", readonly: true}\n"
        "device_model:\n"
        "  extra_args: [\"-d\", x]\n"
        "# end\n");
}

}  // namespace
}  // namespace xenlaunch::test
