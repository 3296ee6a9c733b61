// The clock, and QEMU itself.
#include "launcher/import/topics.h"

namespace xenlaunch {
namespace {

/// Both have the same meaning for a guest that has hardware.
void add_arguments(Conversion& c, const char* key, std::vector<YamlValue>& arguments) {
  const auto items = c.list(key);
  if (!items) return;
  for (const XlItem& item : *items) arguments.push_back(YamlValue::text(*item.text));
  c.converted(key);
}

void convert_version(Conversion& c) {
  const auto version = c.text("device_model_version");
  if (!version) return;
  if (*version != "qemu-xen" && *version != "qemu-xen-traditional") {
    c.refused("device_model_version",
              in_quotes(*version) + " is unknown to xl, too; expected qemu-xen");
    return;
  }
  c.vm("device_model").field("profile") = YamlValue::word("upstream");
  c.converted("device_model_version");
  if (*version == "qemu-xen") return;
  c.comment("device_model",
            "qemu-xen-traditional has not been packaged for years; QEMU takes its "
            "place, and the guest sees other devices.");
  c.converted("device_model_version", "QEMU takes the place of qemu-xen-traditional");
}

}  // namespace

void convert_clock(Conversion& c) {
  if (const auto local = c.truth("localtime")) {
    c.vm("clock").field("base") = YamlValue::word(*local ? "localtime" : "utc");
    c.converted("localtime");
  }
  if (const auto offset = c.number("rtc_timeoffset")) {
    c.vm("clock").field("offset_seconds") = YamlValue::number(*offset);
    c.converted("rtc_timeoffset");
  }
}

void convert_device_model(Conversion& c) {
  convert_version(c);
  if (const auto path = c.text("device_model_override")) {
    c.vm("device_model").field("path") = YamlValue::text(*path);
    c.converted("device_model_override");
  }
  std::vector<YamlValue> arguments;
  add_arguments(c, "device_model_args", arguments);
  add_arguments(c, "device_model_args_hvm", arguments);
  if (arguments.empty()) return;
  c.vm("device_model").field("extra_args") = YamlValue::list(arguments);
  c.comment("device_model", "QEMU's own arguments are taken over as they are, and not looked at.");
}

}  // namespace xenlaunch
