// What the guest sees of its platform: Viridian, clocks, the space for devices, the video card.
#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "launcher/config/guest_platform.h"
#include "launcher/import/topics.h"
#include "launcher/import/xl_specs.h"

namespace xenlaunch {
namespace {

constexpr PciAddress usual_igd{.device = 2};

/// Follows xl's parse_config_data (tools/xl/xl_parse.c) for one word of the list: "base", "!freq",
/// "all", "defaults". False where xl does not know it.
bool apply_viridian(const std::string& text, std::set<Viridian>& groups) {
  if (text == "all") {
    for (const auto& [group, name] : viridian_names) groups.insert(group);
    return true;
  }
  if (text == "defaults") {
    const std::vector<Viridian> defaults = default_viridian();
    groups = {defaults.begin(), defaults.end()};
    return true;
  }
  const bool without = text.starts_with('!');
  const auto word = xl_word(XlWord::viridian, without ? text.substr(1) : text);
  const auto group = word ? named(*word, viridian_names) : std::nullopt;
  if (!group) return false;
  if (without)
    groups.erase(*group);
  else
    groups.insert(*group);
  return true;
}

void convert_viridian_groups(Conversion& c) {
  const auto items = c.list("viridian");
  if (!items) return;
  std::set<Viridian> groups;
  for (const XlItem& item : *items)
    if (!apply_viridian(*item.text, groups))
      c.refused_at("viridian", item.line, in_quotes(*item.text) + " is unknown to xl, too");
  if (groups.empty()) {
    c.dropped("viridian", "a list without a group, which changes nothing");
    return;
  }
  if (!groups.contains(Viridian::base)) {
    c.refused("viridian", "without base, as xl refuses it");
    return;
  }
  std::vector<YamlValue> names;
  for (const Viridian group : groups)
    names.push_back(YamlValue::word(std::string{name_of(group, viridian_names)}));
  c.vm("platform").field("viridian") = YamlValue::list(names);
  c.converted("viridian");
}

void convert_viridian(Conversion& c) {
  const XlSetting* const setting = c.find("viridian");
  if (setting != nullptr && setting->is_list) {
    convert_viridian_groups(c);
  } else if (const auto on = c.truth("viridian")) {
    c.vm("platform").field("viridian") = YamlValue::boolean(*on);
    c.converted("viridian");
  }
}

void convert_tsc_mode(Conversion& c) {
  const XlSetting* const setting = c.find("tsc_mode");
  if (setting == nullptr) return;
  const auto text = c.text("tsc_mode");
  if (!text) return;
  const auto word = setting->number ? xl_word(XlWord::tsc_mode, *setting->number)
                                    : xl_word(XlWord::tsc_mode, *text);
  if (!word) {
    c.refused("tsc_mode", in_quotes(*text) +
                              " is unknown to xl, too; expected default, always_emulate, native or "
                              "native_paravirt");
    return;
  }
  c.vm("platform").field("tsc_mode") = YamlValue::word(*word);
  c.converted("tsc_mode");
}

void convert_flag(Conversion& c, const char* key, const char* field) {
  const auto on = c.truth(key);
  if (!on) return;
  c.vm("platform").field(field) = YamlValue::boolean(*on);
  c.converted(key);
}

/// Within the limits of xl: HVM_BELOW_4G_MMIO_LENGTH and _START of xen/hvm/e820.h.
void convert_mmio_hole(Conversion& c) {
  constexpr long least = 256;
  constexpr long most = 3840;
  const auto mib = c.number("mmio_hole");
  if (!mib) return;
  if (*mib < least || *mib > most) {
    c.refused("mmio_hole",
              fmt::format("{} MiB, which xl refuses, too; expected {} to {}", *mib, least, most));
    return;
  }
  c.vm("platform").field("mmio_hole") = YamlValue::word(fmt::format("{}MiB", *mib));
  c.converted("mmio_hole");
}

/// The value of platform.vga; nullopt where the file does not say or has been refused.
std::optional<std::string> emulated_card(Conversion& c) {
  const auto vga = c.text("vga");
  const auto stdvga = c.truth("stdvga");
  if (c.has("vga") && stdvga) c.dropped("stdvga", "vga= counts, as under xl");
  if (vga) {
    c.converted("vga");
    if (*vga == "stdvga") return "std";
    if (*vga == "cirrus" || *vga == "none") return vga;
    c.refused("vga", in_quotes(*vga) + " is not supported; expected stdvga, cirrus or none");
    return std::nullopt;
  }
  if (!stdvga || c.has("vga")) return std::nullopt;
  c.converted("stdvga");
  return *stdvga ? "std" : "cirrus";
}

/// Whether gfx_passthru asks for a passed card as the first one; nullopt where it is not there.
std::optional<bool> asks_for_passed_card(Conversion& c) {
  const XlSetting* const setting = c.find("gfx_passthru");
  if (setting == nullptr) return std::nullopt;
  const auto text = c.text("gfx_passthru");
  if (!text) return std::nullopt;
  if (setting->number) return *setting->number != 0;
  if (xl_word(XlWord::gfx_passthru, *text)) return true;
  c.refused("gfx_passthru", in_quotes(*text) + " is unknown to xl, too; expected 0, 1 or 'igd'");
  return std::nullopt;
}

void convert_gfx_passthru(Conversion& c, bool has_igd, bool has_pci, bool no_emulated_card) {
  const auto asked = asks_for_passed_card(c);
  const std::string usual = usual_igd.to_string();
  if (has_igd) {
    c.vm("video_card") = YamlValue::word("IGD_passthrough");
    c.comment("video_card",
              "For " + usual + ": a start is refused where that is no integrated GPU.");
  }
  if (!asked) {
    if (has_igd && !c.has("gfx_passthru"))
      c.comment("video_card", "xl would put an emulated card beside it without gfx_passthru=1.");
  } else if (*asked && has_igd) {
    c.converted("gfx_passthru");
  } else if (has_igd) {
    c.lost("gfx_passthru", "a passed integrated GPU is always the guest's video card");
  } else if (!*asked) {
    c.dropped("gfx_passthru", "it is for an integrated GPU alone, and " + usual + " is not passed");
  } else if (no_emulated_card || !has_pci) {
    c.dropped("gfx_passthru",
              "xl knows it for integrated GPUs alone, and " + usual + " is not passed");
  } else {
    c.lost("gfx_passthru", "xl knows it for integrated GPUs alone, and " + usual +
                               " is not passed; with vga='none' a passed card is the only one");
  }
  if (asked.value_or(false) && !has_igd && has_pci)
    c.comment("pci",
              "gfx_passthru: only an integrated GPU is treated in another way; xl with QEMU "
              "refuses it for other cards.");
}

void convert_videoram(Conversion& c, bool emulated) {
  const auto mib = c.number("videoram");
  if (!mib) return;
  if (!emulated) {
    c.dropped("videoram", "there is no emulated card; all of the memory is the guest's");
    return;
  }
  c.vm("platform").field("videoram") = YamlValue::number(*mib);
  c.converted("videoram");
}

}  // namespace

void convert_platform(Conversion& c) {
  convert_viridian(c);
  convert_tsc_mode(c);
  convert_flag(c, "hpet", "hpet");
  convert_flag(c, "nestedhvm", "nested_virt");
  convert_flag(c, "hvm_pirq", "hvm_pirq");
  convert_mmio_hole(c);
}

void convert_video(Conversion& c, const std::vector<PciAddress>& passed) {
  const bool has_igd = std::ranges::count(passed, usual_igd) > 0;
  const auto card = emulated_card(c);
  convert_gfx_passthru(c, has_igd, !passed.empty(), card == "none");
  if (has_igd) {
    for (const char* key : {"vga", "stdvga"})
      if (c.has(key)) c.dropped(key, "the passed integrated GPU is the guest's video card");
  } else if (card) {
    c.vm("platform").field("vga") = YamlValue::word(*card);
  }
  convert_videoram(c, !has_igd && card != "none");
}

}  // namespace xenlaunch
