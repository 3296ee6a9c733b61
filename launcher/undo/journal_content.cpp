#include "launcher/undo/journal_content.h"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

#include "base/error.h"
#include "base/text.h"
#include "launcher/config/vm_config.h"
#include "launcher/undo/state_names.h"

namespace xenlaunch {
namespace {

// ordered: the keys come out as they are written here
using json = nlohmann::ordered_json;
using Entry = JournalContent::Entry;

constexpr int format_version = 1;

/// Thrown within this file alone, for whatever FileJournal does not write.
struct NotOurs {};

std::string line_of(const json& document) {
  return document.dump(-1, ' ', false, json::error_handler_t::replace);
}

json undo_json(const Undo& undo) {
  json document{{"kind", name_of(undo.kind, undo_kind_names)}, {"label", undo.label}};
  if (undo.device) document["device"] = undo.device->to_string();
  if (undo.driver) document["driver"] = *undo.driver;
  if (!undo.nodes.empty()) document["nodes"] = undo.nodes;
  if (!undo.resets.empty()) document["resets"] = undo.resets;
  if (undo.nic)
    document["nic"] = {{"index", undo.nic->index},
                       {"script", undo.nic->script},
                       {"emulated", undo.nic->is_emulated}};
  return document;
}

std::string header_line(const JournalContent& content) {
  return line_of({{"journal", format_version},
                  {"vm", content.header.vm},
                  {"uuid", content.header.uuid},
                  {"owns_domain", content.header.owns_domain},
                  {"boot", content.boot}});
}

std::string text_in(const json& document, const char* key) {
  const auto found = document.find(key);
  if (found == document.end() || !found->is_string()) throw NotOurs{};
  return found->get<std::string>();
}

std::uint32_t number_in(const json& value) {
  if (!value.is_number_unsigned() || value.get<std::uint64_t>() > UINT32_MAX) throw NotOurs{};
  return value.get<std::uint32_t>();
}

template <typename Value, std::size_t count>
Value value_in(const json& document, const char* key, const Names<Value, count>& names) {
  const std::optional<Value> value = named(text_in(document, key), names);
  if (!value) throw NotOurs{};
  return *value;
}

ScriptedNic nic_in(const json& document) {
  if (!document.is_object() || !document.contains("index") || !document.contains("emulated") ||
      !document["emulated"].is_boolean())
    throw NotOurs{};
  const ScriptedNic nic{.index = number_in(document["index"]),
                        .script = text_in(document, "script"),
                        .is_emulated = document["emulated"].get<bool>()};
  if (nic.index >= max_nics || !nic.script.starts_with('/')) throw NotOurs{};
  return nic;
}

std::vector<std::string> resets_in(const json& list) {
  if (!list.is_array()) throw NotOurs{};
  std::vector<std::string> resets;
  for (const json& method : list) {
    if (!method.is_string()) throw NotOurs{};
    resets.push_back(method.get<std::string>());
  }
  return resets;
}

bool runs_a_script(UndoKind kind) {
  return kind == UndoKind::disconnect_vif || kind == UndoKind::disconnect_tap;
}

Undo undo_in(const json& document) {
  if (!document.is_object()) throw NotOurs{};
  Undo undo{.kind = value_in(document, "kind", undo_kind_names),
            .label = text_in(document, "label")};
  if (document.contains("device")) {
    undo.device = PciAddress::parse(text_in(document, "device"));
    if (!undo.device) throw NotOurs{};
  }
  if (document.contains("driver")) undo.driver = text_in(document, "driver");
  if (const auto nodes = document.find("nodes"); nodes != document.end()) {
    if (!nodes->is_array()) throw NotOurs{};
    for (const json& node : *nodes) {
      if (!node.is_string() || !node.get<std::string>().starts_with('/')) throw NotOurs{};
      undo.nodes.push_back(node.get<std::string>());
    }
  }
  if (document.contains("resets")) undo.resets = resets_in(document["resets"]);
  if (const auto nic = document.find("nic"); nic != document.end()) undo.nic = nic_in(*nic);
  if (runs_a_script(undo.kind) && !undo.nic) throw NotOurs{};
  return undo;
}

void read_header(JournalContent& content, const json& line) {
  if (line.value("journal", json{}) != format_version || !line.contains("owns_domain") ||
      !line["owns_domain"].is_boolean())
    throw NotOurs{};
  content.header = {.vm = text_in(line, "vm"),
                    .uuid = text_in(line, "uuid"),
                    .owns_domain = line["owns_domain"].get<bool>()};
  content.boot = text_in(line, "boot");
}

void read_begin(JournalContent& content, const json& line) {
  const std::size_t number = number_in(line["begin"]);
  if (number < content.next_number || !line.contains("undo")) throw NotOurs{};
  content.entries.emplace(number,
                          Entry{.action = text_in(line, "do"), .undo = undo_in(line["undo"])});
  content.next_number = number + 1;
}

/// One of the marks that end with a number: true where `line` is it, and its entry is there.
bool has_mark(const JournalContent& content, const json& line, const char* mark) {
  const auto found = line.find(mark);
  if (found == line.end()) return false;
  if (!content.entries.contains(number_in(*found))) throw NotOurs{};
  return true;
}

void read_line(JournalContent& content, const json& line) {
  if (line.contains("begin")) return read_begin(content, line);
  if (has_mark(content, line, "done")) {
    content.done(number_in(line["done"]));
    return;
  }
  for (const char* end : {"failed", "undone"})
    if (has_mark(content, line, end)) {
      content.entries.erase(number_in(line[end]));
      return;
    }
  if (has_mark(content, line, "undoing") || has_mark(content, line, "not_undone")) return;
  if (const auto domain = line.find("domain"); domain != line.end()) {
    content.domid = domain->is_null() ? std::nullopt : std::optional{number_in(*domain)};
    return;
  }
  content.state = value_in(line, "state", vm_state_names);
}

/// The whole lines of `text`, and whether another one was begun.
std::vector<json> lines_of(std::string_view text, bool& torn) {
  std::vector<json> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    torn = end == std::string_view::npos;
    if (torn) break;
    lines.push_back(json::parse(text.substr(0, end), nullptr, /*allow_exceptions=*/false));
    if (!lines.back().is_object()) throw NotOurs{};
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace

void JournalContent::done(std::size_t number) {
  const auto found = entries.find(number);
  if (found == entries.end()) return;
  if (found->second.undo.kind == UndoKind::nothing)
    entries.erase(found);
  else
    found->second.phase = Phase::done;
}

std::string begin_line(std::size_t number, const Entry& entry) {
  return line_of({{"begin", number}, {"do", entry.action}, {"undo", undo_json(entry.undo)}});
}

std::string mark_line(std::string_view mark, std::size_t number, const std::string& reason) {
  json document{{std::string{mark}, number}};
  if (!reason.empty()) document["reason"] = reason;
  return line_of(document);
}

std::string domain_line(std::optional<std::uint32_t> domid) {
  return line_of({{"domain", domid ? json(*domid) : json(nullptr)}});
}

std::string state_line(VmState state) {
  return line_of({{"state", to_string(state)}});
}

std::vector<PciAddress> devices_of(const JournalContent& journal) {
  std::set<PciAddress> devices;
  for (const auto& [number, entry] : journal.entries)
    if (entry.undo.device) devices.insert(*entry.undo.device);
  return {devices.begin(), devices.end()};
}

std::string format_journal(const JournalContent& content) {
  std::string text = header_line(content) + "\n";
  for (const auto& [number, entry] : content.entries) {
    text += begin_line(number, entry) + "\n";
    if (entry.phase == JournalContent::Phase::done) text += mark_line("done", number) + "\n";
  }
  if (content.domid) text += domain_line(content.domid) + "\n";
  if (content.state != VmState::starting) text += state_line(content.state) + "\n";
  return text;
}

JournalContent parse_journal(std::string_view text, const std::string& file, const std::string& vm,
                             const std::string& boot) {
  const auto refuse = [&file](const std::string& reason) {
    throw Error{ExitCode::host,
                "cannot act on " + file + ": " + reason +
                    "; see what it says and what is still there (xl list, xenlaunch "
                    "pci list), then remove its folder"};
  };
  JournalContent content;
  try {
    const std::vector<json> lines = lines_of(text, content.torn);
    if (lines.empty()) return content;  // killed before the first line was whole
    read_header(content, lines.front());
    for (std::size_t i = 1; i < lines.size(); ++i) read_line(content, lines[i]);
  } catch (const NotOurs&) {
    refuse("it is not as this xenlaunch writes it");
  }
  if (content.header.vm != vm)
    refuse("it tells of another VM, '" + excerpt(content.header.vm) + "'");
  if (content.boot != boot) refuse("it is from another boot of this host");
  return content;
}

}  // namespace xenlaunch
