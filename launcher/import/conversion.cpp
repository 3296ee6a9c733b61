#include "launcher/import/conversion.h"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "base/text.h"

namespace xenlaunch {
namespace {

constexpr const char* not_printable =
    "has control characters, or bytes that are not UTF-8; expected printable text";

void merge(KeyReport& report, KeyOutcome outcome, bool lost, const std::string& reason) {
  report.outcome = std::max(report.outcome, outcome);
  report.lost = report.lost || lost;
  if (reason.empty() || report.reason.find(reason) != report.reason.npos) return;
  report.reason += (report.reason.empty() ? "" : "; ") + printable(reason);
}

}  // namespace

const XlSetting* Conversion::find(std::string_view key) const {
  const auto found = std::ranges::find(file_.settings, key, &XlSetting::name);
  return found == file_.settings.end() ? nullptr : &*found;
}

void Conversion::add(std::string_view key, KeyOutcome outcome, bool lost,
                     const std::string& reason) {
  const XlSetting* const setting = find(key);
  if (setting == nullptr) throw std::logic_error{"a key is reported that is not there"};
  KeyReport& report = reports_[setting->name];
  report.key = setting->name;
  report.line = setting->line;
  merge(report, outcome, lost, reason);
}

void Conversion::converted(std::string_view key, const std::string& reason) {
  add(key, KeyOutcome::converted, false, reason);
}

void Conversion::dropped(std::string_view key, const std::string& reason) {
  add(key, KeyOutcome::dropped, false, reason);
}

void Conversion::lost(std::string_view key, const std::string& reason) {
  add(key, KeyOutcome::dropped, true, reason);
}

void Conversion::refused(std::string_view key, const std::string& reason) {
  add(key, KeyOutcome::refused, true, reason);
}

void Conversion::refused_at(std::string_view key, int line, const std::string& reason) {
  const XlSetting* const setting = find(key);
  const bool elsewhere = setting != nullptr && setting->line != line && line != 0;
  refused(key, elsewhere ? fmt::format("line {}: {}", line, reason) : reason);
}

bool Conversion::is_refused(std::string_view key) const {
  const auto found = reports_.find(key);
  return found != reports_.end() && found->second.outcome == KeyOutcome::refused;
}

void Conversion::missing(std::string_view key, const std::string& reason) {
  reports_.try_emplace(
      std::string{key},
      KeyReport{
          .key = std::string{key}, .outcome = KeyOutcome::refused, .lost = true, .reason = reason});
}

std::optional<long> Conversion::number(std::string_view key) {
  const XlSetting* const setting = find(key);
  if (setting == nullptr) return std::nullopt;
  if (setting->is_list) {
    refused(key, "a list; expected a number");
  } else if (!setting->number) {
    refused(key, in_quotes(setting->text) + " is not a number to xl; expected digits");
  }
  return setting->number;
}

std::optional<bool> Conversion::truth(std::string_view key) {
  const std::optional<long> value = number(key);
  if (!value) return std::nullopt;
  return *value != 0;
}

std::optional<std::string> Conversion::text(std::string_view key) {
  const XlSetting* const setting = find(key);
  if (setting == nullptr) return std::nullopt;
  if (setting->is_list) {
    refused(key, "a list, of which xl takes nothing; expected a text in quotes");
  } else if (!is_printable(setting->text)) {
    refused(key, in_quotes(setting->text) + " " + not_printable);
  } else {
    return setting->text;
  }
  return std::nullopt;
}

std::optional<std::vector<XlItem>> Conversion::list(std::string_view key) {
  const XlSetting* const setting = find(key);
  if (setting == nullptr) return std::nullopt;
  if (!setting->is_list) {
    refused(key, fmt::format("{} is not a list, and xl takes nothing of it; expected [ '...' ]",
                             in_quotes(setting->text)));
    return std::nullopt;
  }
  bool good = true;
  for (const XlItem& item : setting->items) {
    if (item.text && is_printable(*item.text)) continue;
    good = false;
    refused_at(key, item.line,
               item.text ? in_quotes(*item.text) + " " + not_printable
                         : "a list in the list, at which xl stops; expected texts");
  }
  return good ? std::optional{setting->items} : std::nullopt;
}

std::optional<std::vector<XlItem>> Conversion::list_or_text(std::string_view key) {
  const XlSetting* const setting = find(key);
  if (setting == nullptr || setting->is_list) return list(key);
  const std::optional<std::string> one = text(key);
  if (!one) return std::nullopt;
  return std::vector{XlItem{.line = setting->line, .text = one}};
}

YamlEntry& Conversion::entry(std::string_view key) {
  const auto found = std::ranges::find(document_.entries, key, &YamlEntry::key);
  if (found != document_.entries.end()) return *found;
  return document_.entries.emplace_back(YamlEntry{.key = std::string{key}});
}

YamlValue& Conversion::vm(std::string_view key) {
  return entry(key).value;
}

void Conversion::comment(std::string_view key, const std::string& text) {
  std::vector<std::string>& comments = entry(key).comments;
  if (std::ranges::count(comments, text) == 0) comments.push_back(text);
}

std::vector<KeyReport> Conversion::reports() const {
  std::vector<KeyReport> all;
  for (const auto& [key, report] : reports_) all.push_back(report);
  for (const XlSetting& setting : file_.settings) {
    if (!reports_.contains(setting.name))
      throw std::logic_error{"nothing is said of the key " + printable(setting.name)};
    for (const int line : setting.replaced)
      all.push_back({.key = setting.name,
                     .line = line,
                     .outcome = KeyOutcome::dropped,
                     .reason = fmt::format("set again in line {}, which counts", setting.line)});
  }
  for (const XlBadLine& bad : file_.bad_lines)
    all.push_back({.key = bad.name,
                   .line = bad.line,
                   .outcome = KeyOutcome::refused,
                   .lost = true,
                   .reason = bad.reason});
  std::ranges::stable_sort(all, {}, &KeyReport::line);
  return all;
}

}  // namespace xenlaunch
