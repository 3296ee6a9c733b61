// Passed PCI devices.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "launcher/import/topics.h"
#include "launcher/import/words.h"
#include "launcher/import/xl_specs.h"

namespace xenlaunch {
namespace {

/// What xl reads as a number, so that "yes" is no to it.
constexpr std::array number_words{"permissive", "msitranslate", "seize", "power_mgmt"};

/// What xl goes on after, and what is meant is not done; empty where there is none of it.
std::string problem_of(const std::string& spec) {
  std::string problem;
  std::vector<std::string> seen;
  for (std::size_t at = 0; at <= spec.size();) {
    const std::size_t end = std::min(spec.find(',', at), spec.size());
    const std::string word = spec.substr(at, end - at);
    const KeyedWord parts = keyed(word);
    if (parts.has_value && std::ranges::count(seen, parts.key) > 0)
      problem = in_quotes(parts.key) + " is given twice";
    if (std::ranges::count(number_words, parts.key) > 0 && !is_digits(parts.value))
      problem = in_quotes(word) + " is no to xl, which reads a number; expected 0 or 1";
    seen.push_back(parts.key);
    at = end + 1;
  }
  return problem;
}

YamlValue vm_device(const XlPci& device) {
  YamlValue map = YamlValue::map();
  map.field("address") = YamlValue::text(device.address.to_string());
  if (device.all_functions) map.field("functions") = YamlValue::word("all");
  if (device.permissive) map.field("permissive") = YamlValue::boolean(true);
  if (device.relaxed)
    map.field("rdm_policy") = YamlValue::word(*device.relaxed ? "relaxed" : "strict");
  if (device.slot) map.field("slot") = YamlValue::text(fmt::format("{:02x}", *device.slot));
  return map.fields.size() == 1 ? map.fields.front().second : map;
}

std::optional<XlPci> convert_device(Conversion& c, const XlItem& item, bool permissive) {
  const auto refuse = [&](const std::string& reason) {
    c.refused_at("pci", item.line, in_quotes(*item.text) + ": " + reason);
    return std::nullopt;
  };
  if (const std::string problem = problem_of(*item.text); !problem.empty()) return refuse(problem);
  const XlAnswer<XlPci> device = xl_pci(*item.text, permissive);
  if (!device.value) return refuse(device.complaint);
  if (!device.value->name.empty())
    return refuse("a device by the name that xl has for it; expected its address");
  c.vm("pci").items.push_back(vm_device(*device.value));
  return device.value;
}

/// strategy= and policy= with the values that the manual page has.
bool is_documented_rdm(const std::string& text) {
  const std::array known{"strategy=host", "policy=strict", "policy=relaxed"};
  const std::vector<std::string> words = xl_words_of(text);
  return !words.empty() && std::ranges::all_of(words, [&](const std::string& word) {
    return std::ranges::count(known, word) > 0;
  });
}

void convert_rdm(Conversion& c) {
  const auto text = c.text("rdm");
  if (!text) return;
  if (!is_documented_rdm(*text)) {
    c.refused("rdm",
              in_quotes(*text) + "; expected strategy=host, policy=strict or policy=relaxed");
  } else if (!xl_takes_rdm(*text)) {
    c.dropped("rdm",
              "xl's own reader refuses every policy= and goes on without the value; each "
              "device has its rdm_policy, which is strict where it is not given");
  } else if (text->find("policy") != text->npos) {
    c.lost("rdm", "a policy for all devices; give each its rdm_policy");
  } else {
    c.dropped("rdm", "strategy=host is for devices that are attached later");
  }
}

/// What only the traditional device model knew, and what is always done here.
void convert_options(Conversion& c, bool passes_devices) {
  for (const char* key : {"pci_power_mgmt", "pci_msitranslate"}) {
    if (!c.has(key)) continue;
    c.dropped(key, "only qemu-xen-traditional acts on it");
    if (passes_devices)
      c.comment("pci", fmt::format("{}: only qemu-xen-traditional acts on it.", key));
  }
  if (c.has("pci_seize"))
    c.dropped("pci_seize", "a start always takes a device from its driver, and gives it back");
}

}  // namespace

std::vector<PciAddress> convert_pci(Conversion& c) {
  std::vector<PciAddress> passed;
  const auto permissive = c.truth("pci_permissive");
  if (const auto items = c.list("pci")) {
    c.vm("pci") = YamlValue::list();
    for (const XlItem& item : *items)
      if (const auto device = convert_device(c, item, permissive.value_or(false)))
        passed.push_back(device->address);
    c.converted("pci");
  }
  if (permissive) c.converted("pci_permissive");
  convert_rdm(c);
  convert_options(c, !passed.empty());
  return passed;
}

}  // namespace xenlaunch
