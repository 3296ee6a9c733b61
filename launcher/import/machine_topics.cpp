// What the machine is: kind, name, memory, processors, what happens when it ends.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "launcher/import/topics.h"
#include "launcher/import/words.h"

namespace xenlaunch {
namespace {

YamlValue size_of_mib(long mib) {
  const bool whole_gib = mib % 1024 == 0 && mib != 0;
  return YamlValue::word(whole_gib ? fmt::format("{}GiB", mib / 1024) : fmt::format("{}MiB", mib));
}

/// "0-3,^2" without the words of xl that only its own parser knows.
bool is_cpu_range(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789,^-") == text.npos;
}

/// What all entries of a list are; nullopt where they differ or are fewer than the processors, of
/// which xl leaves the others alone.
std::optional<std::string> same_for_all(const std::vector<XlItem>& items, long vcpus) {
  if (items.empty() || static_cast<long>(items.size()) < vcpus) return std::nullopt;
  const bool same = std::ranges::all_of(
      items, [&](const XlItem& item) { return item.text == items.front().text; });
  return same ? items.front().text : std::nullopt;
}

void convert_pinning(Conversion& c) {
  const XlSetting* const setting = c.find("cpus");
  if (setting == nullptr) return;
  const auto items = c.list_or_text("cpus");
  if (!items) return;
  const XlSetting* const vcpus = c.find("vcpus");
  const long count = vcpus == nullptr ? 1 : vcpus->number.value_or(1);
  const auto range = setting->is_list ? same_for_all(*items, count) : items->front().text;
  if (!range) {
    c.lost("cpus", "a place for each virtual processor; xenlaunch has one for all of them");
  } else if (*range == "all") {
    c.dropped("cpus", "all processors, as without the key");
  } else if (!is_cpu_range(*range)) {
    c.refused("cpus", in_quotes(*range) + " is not supported; expected processors as '0-3,^2'");
  } else {
    c.vm("cpu").field("pin") = YamlValue::text(*range);
    c.converted("cpus");
  }
}

void convert_event(Conversion& c, const char* key) {
  constexpr std::array plain{"destroy", "restart", "preserve"};
  const auto action = c.text(key);
  if (!action) return;
  if (std::ranges::find(plain, *action) != plain.end()) {
    c.vm(key) = YamlValue::word(*action);
    c.converted(key);
  } else if (*action == "rename-restart") {
    c.vm(key) = YamlValue::word("restart");
    c.lost(key, "becomes restart: the dead domain is not kept under another name");
  } else if (*action == "coredump-destroy" || *action == "coredump-restart") {
    c.vm(key) = YamlValue::word(action->substr(sizeof "coredump-" - 1));
    c.lost(key, "no core dump is written");
  } else {
    c.refused(key, in_quotes(*action) + " is not supported; expected destroy, restart or preserve");
  }
}

}  // namespace

void convert_kind(Conversion& c) {
  for (const char* key : {"type", "builder"}) {
    const auto kind = c.text(key);
    if (!kind) continue;
    if (*kind == "hvm") {
      c.dropped(key, "every VM here is one");
    } else {
      c.refused(key, in_quotes(*kind) + " is not supported; expected 'hvm'");
    }
  }
  if (!c.has("type") && !c.has("builder"))
    c.missing("type", "without type or builder xl makes a PV guest; expected type='hvm'");
}

void convert_identity(Conversion& c) {
  if (!c.has("name")) c.missing("name", "without it xl starts nothing");
  for (const char* key : {"name", "uuid"}) {
    const auto text = c.text(key);
    if (!text) continue;
    c.vm(key) = YamlValue::text(*text);
    c.converted(key);
  }
}

void convert_memory(Conversion& c) {
  const auto memory = c.number("memory");
  const auto maxmem = c.number("maxmem");
  if ((c.has("memory") && !memory) || (c.has("maxmem") && !maxmem)) return;
  if (!memory && !maxmem) {
    c.missing("memory", "without memory or maxmem xl gives the guest 32 MiB");
    return;
  }
  c.vm("memory") = size_of_mib(memory && maxmem ? std::min(*memory, *maxmem)
                                                : memory.value_or(maxmem.value_or(0)));
  if (memory) c.converted("memory");
  if (!maxmem) return;
  if (memory && *maxmem > *memory) {
    c.refused("maxmem",
              "more than memory: a guest that grows cannot have a passed device; make them equal");
  } else if (memory && *maxmem < *memory) {
    c.comment("memory", fmt::format("maxmem={}: under xl the smaller one counts.", *maxmem));
    c.converted("maxmem", "smaller than memory, and counts, as under xl");
  } else {
    c.converted("maxmem");
  }
}

void convert_vcpus(Conversion& c) {
  const auto vcpus = c.number("vcpus");
  const auto most = c.number("maxvcpus");
  if (vcpus) {
    c.vm("vcpus") = YamlValue::number(*vcpus);
    c.converted("vcpus");
  }
  if (!most || (c.has("vcpus") && !vcpus)) return;
  const long begins_with = vcpus.value_or(1);
  if (*most < begins_with) {
    c.refused("maxvcpus", "less than vcpus, which xl refuses, too");
  } else if (*most > begins_with) {
    c.lost("maxvcpus",
           fmt::format("no processors can be added later; vcpus stays {}", begins_with));
  } else {
    c.dropped("maxvcpus", "the same as vcpus");
  }
}

void convert_scheduling(Conversion& c) {
  convert_pinning(c);
  for (const auto& [key, field] : {std::pair{"cpu_weight", "weight"}, {"cap", "cap"}}) {
    const auto value = c.number(key);
    if (!value) continue;
    c.vm("cpu").field(field) = YamlValue::number(*value);
    c.converted(key);
  }
}

void convert_events(Conversion& c) {
  for (const char* key : {"on_poweroff", "on_reboot", "on_crash"}) convert_event(c, key);
  const auto watchdog = c.text("on_watchdog");
  if (!watchdog) return;
  const std::string reason = "a guest that its watchdog ends is treated as on_crash says";
  // Without on_crash both are destroy.
  const XlSetting* const crash = c.find("on_crash");
  if (*watchdog == (crash == nullptr ? "destroy" : crash->text)) {
    c.dropped("on_watchdog", reason);
  } else {
    c.lost("on_watchdog", reason);
  }
}

}  // namespace xenlaunch
