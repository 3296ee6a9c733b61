// Network cards. Their words are xl's own, not libxlutil's: parse_nic_config in Xen's
// tools/xl/xl_parse.c.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "launcher/import/topics.h"
#include "launcher/import/words.h"
#include "launcher/import/xl_specs.h"

namespace xenlaunch {
namespace {

/// One card on its way into the VM file.
struct Nic {
  YamlValue map = YamlValue::map();
  std::string model = "rtl8139";  ///< libxl's default
  bool emulated = true;
  std::vector<std::string> left_out{};
  std::string problem{};  ///< the last one; empty where there is none
};

/// "00:16:3E:2:11:fe" with two digits each, in lower case; nullopt for anything else.
std::optional<std::string> mac_address(std::string_view text) {
  constexpr int bytes = 6;
  std::string mac;
  for (int i = 0; i < bytes; ++i) {
    const std::string_view group = text.substr(0, text.find(':'));
    unsigned value = 0;
    const auto [end, error] = std::from_chars(group.data(), group.data() + group.size(), value, 16);
    if (error != std::errc{} || end != group.data() + group.size() || group.size() > 2)
      return std::nullopt;
    mac += fmt::format("{}{:02x}", i == 0 ? "" : ":", value);
    if (text.size() == group.size()) return i + 1 == bytes ? std::optional{mac} : std::nullopt;
    text.remove_prefix(group.size() + 1);
  }
  return std::nullopt;
}

std::string model_of(std::string_view xl_model) {
  if (xl_model == "virtio-net" || xl_model == "virtio-net-pci") return "virtio";
  constexpr std::array same{"rtl8139", "e1000", "e1000e"};
  return std::ranges::count(same, xl_model) > 0 ? std::string{xl_model} : "";
}

/// libxl looks for a name without a folder among Xen's scripts.
std::string script_path(const std::string& script) {
  return script.starts_with('/') ? script : "/etc/xen/scripts/" + script;
}

void take_number(Nic& nic, const KeyedWord& word) {
  if (is_digits(word.value)) {
    nic.map.field(word.key) = YamlValue::word(word.value);
  } else {
    nic.problem = in_quotes(word.value) + " is not a number";
  }
}

void take_mac(Nic& nic, const std::string& text) {
  if (const auto mac = mac_address(text)) {
    nic.map.field("mac") = YamlValue::text(*mac);
  } else {
    nic.problem =
        in_quotes(text) + " is not a MAC address, and xl goes on with zeros; expected six bytes";
  }
}

void take_rate(Nic& nic, const std::string& rate) {
  const auto problem = xl_rate_problem(rate);
  if (!problem) nic.map.field("rate") = YamlValue::text(rate);
  if (problem) nic.problem = *problem;
}

void take_keyed(Nic& nic, const KeyedWord& word, std::size_t index) {
  if (word.value.empty() || word.value.ends_with(' ')) {
    nic.problem = in_quotes(word.key + "=" + word.value) + " is empty or ends in a blank";
  } else if (word.key == "mac") {
    take_mac(nic, word.value);
  } else if (word.key == "bridge" || word.key == "ip") {
    nic.map.field(word.key) = YamlValue::text(word.value);
  } else if (word.key == "script") {
    nic.map.field("script") = YamlValue::text(script_path(word.value));
  } else if (word.key == "type" && (word.value == "ioemu" || word.value == "vif")) {
    nic.emulated = word.value == "ioemu";
  } else if (word.key == "model") {
    nic.model = model_of(word.value);
    if (nic.model.empty())
      nic.problem = "the model " + in_quotes(word.value) +
                    " is not supported; expected rtl8139, e1000, "
                    "e1000e or virtio-net";
  } else if (word.key == "rate") {
    take_rate(nic, word.value);
  } else if (word.key == "mtu") {
    take_number(nic, word);
  } else if (word.key == "vifname") {
    nic.left_out.push_back("vifname: the interface in dom0 has Xen's usual name");
  } else if (word.key == "devid" && word.value == std::to_string(index)) {
    return;
  } else if (word.key == "backend" && (word.value == "0" || word.value == "Domain-0")) {
    return;
  } else if (word.key == "accel") {
    return;  // xl says itself that it does nothing with it
  } else {
    nic.problem = in_quotes(word.key + "=" + word.value) + " is not supported";
  }
}

void take_word(Nic& nic, const std::string& text, std::size_t index) {
  const KeyedWord word = keyed(text);
  if (word.has_value) {
    take_keyed(nic, word, index);
  } else if (text == "trusted" || text == "untrusted") {
    nic.map.field("trusted") = YamlValue::boolean(text == "trusted");
  } else {
    nic.problem = in_quotes(text) + " is not supported";
  }
}

void convert_nic(Conversion& c, const XlItem& item, std::size_t index) {
  Nic nic;
  nic.map.field("bridge") = YamlValue::text("xenbr0");  // libxl's default
  for (const std::string& word : xl_words_of(*item.text)) take_word(nic, word, index);
  if (!nic.problem.empty()) {
    c.refused_at("vif", item.line, in_quotes(*item.text) + ": " + nic.problem);
    return;
  }
  for (const std::string& reason : nic.left_out) c.lost("vif", reason);
  nic.map.field("model") = YamlValue::word(nic.emulated ? nic.model : "none");
  c.vm("nics").items.push_back(nic.map);
  if (item.text->find("bridge=") == item.text->npos)
    c.comment("nics",
              "A card without bridge= is on xenbr0, unless /etc/xen/xl.conf says otherwise.");
}

}  // namespace

void convert_nics(Conversion& c) {
  const auto items = c.list("vif");
  if (!items) return;
  c.vm("nics") = YamlValue::list();
  c.converted("vif");
  for (std::size_t i = 0; i < items->size(); ++i) convert_nic(c, (*items)[i], i);
}

}  // namespace xenlaunch
