#include "launcher/host/boot/xen_cmdline_boot_config.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "launcher/base/error.h"
#include "launcher/host/boot/consoles.h"
#include "launcher/host/boot/hidden_devices.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

using nlohmann::json;

std::string trimmed(std::string text) {
  while (!text.empty() && (text.back() == '\n' || text.back() == ' ')) text.pop_back();
  return text;
}

std::string joined(const std::string& left, const std::string& right) {
  return left.empty() || right.empty() ? left + right : left + " " + right;
}

json to_json(const ConsoleWords& words) {
  return {{"xen", words.xen}, {"dom0", words.dom0}};
}

ConsoleWords from_json(const json& words) {
  return {words.at("xen").get<std::string>(), words.at("dom0").get<std::string>()};
}

}  // namespace

std::string XenCmdlineBootConfig::ask(const std::string& option, const std::string& key) {
  const ProgramResult result = programs_.run({program_, option, key});
  if (result.status != 0)
    throw Error{ExitCode::host,
                "cannot read the boot configuration: " + failure_text(program_, result)};
  return trimmed(result.output);
}

void XenCmdlineBootConfig::tell(const std::string& option, const std::string& words) {
  const ProgramResult result = programs_.run({program_, option, words});
  if (result.status != 0) throw Error{ExitCode::host, failure_text(program_, result)};
}

ConsoleWords XenCmdlineBootConfig::consoles() {
  return {.xen = ask("--get-xen", "console"), .dom0 = ask("--get-dom0", "console")};
}

BootLines XenCmdlineBootConfig::next_boot() {
  const ConsoleWords words = consoles();
  return {.xen = joined(ask("--get-xen", "com1"), words.xen),
          .dom0 = joined(ask("--get-dom0", "xen-pciback.hide"), words.dom0)};
}

void XenCmdlineBootConfig::set_hidden(const std::string& value) {
  if (value.empty())
    tell("--delete-dom0", "xen-pciback.hide");
  else
    tell("--set-dom0", "xen-pciback.hide=" + value);
}

void XenCmdlineBootConfig::write_consoles(const ConsoleWords& words) {
  // One --set replaces every console= of its line, so it gets all of them at once.
  const auto write = [this](const std::string& line, const std::string& now,
                            const std::string& all) {
    if (now == all) return;
    if (all.empty())
      tell("--delete-" + line, "console");
    else
      tell("--set-" + line, all);
  };
  const ConsoleWords now = consoles();
  write("xen", now.xen, words.xen);
  write("dom0", now.dom0, words.dom0);
}

void XenCmdlineBootConfig::set_consoles(const ConsoleWords& from, const ConsoleWords& to) {
  const std::optional<std::string> old_record = read_bytes(record_);
  write_file(record_, json{{"before", to_json(from)}, {"after", to_json(to)}}.dump(2) + "\n");
  try {
    write_consoles(to);
  } catch (const Error&) {
    write_consoles(from);
    restore_file(record_, old_record);
    throw;
  }
}

std::optional<XenCmdlineBootConfig::Record> XenCmdlineBootConfig::read_record() const {
  const std::optional<std::string> text = read_bytes(record_);
  if (!text) return std::nullopt;
  try {
    const json record = json::parse(*text);
    return Record{.before = from_json(record.at("before")), .after = from_json(record.at("after"))};
  } catch (const json::exception&) {
    throw Error{ExitCode::host,
                fmt::format("cannot read {}, which holds the consoles of before the last change: "
                            "it is garbled; check "
                            "`{} --get-xen console` and `--get-dom0 console`, then remove it",
                            record_.string(), program_)};
  }
}

void XenCmdlineBootConfig::finish_interrupted() {
  const std::optional<Record> record = read_record();
  if (!record) return;
  const ConsoleWords now = consoles();
  // One line of before and one of after: a change was killed between the two.
  const bool half = (now.xen == record->before.xen && now.dom0 == record->after.dom0) ||
                    (now.xen == record->after.xen && now.dom0 == record->before.dom0);
  if (half && now != record->before && now != record->after) write_consoles(record->before);
}

void XenCmdlineBootConfig::change_display(bool enable) {
  const ConsoleWords now = consoles();
  if (!enable) {
    const std::string com1 = ask("--get-xen", "com1");
    std::string xen = xen_without_display(joined(com1, now.xen));
    if (!com1.empty()) xen.erase(0, com1.size() + 1);
    return set_consoles(now, {.xen = xen, .dom0 = dom0_without_display(now.dom0)});
  }
  const std::optional<Record> record = read_record();
  const bool known = record && record->after == now &&
                     uses_display({.xen = record->before.xen, .dom0 = record->before.dom0});
  set_consoles(now, known ? record->before
                          : ConsoleWords{.xen = xen_with_display(now.xen),
                                         .dom0 = dom0_with_display(now.dom0)});
  remove_file(record_);
}

void XenCmdlineBootConfig::change(const BootChange& change, Progress& progress) {
  progress.step("running " + program_);
  try {
    finish_interrupted();
    const std::string hide = hide_value(ask("--get-dom0", "xen-pciback.hide"));
    switch (change.kind) {
      case BootChange::Kind::hide:
        set_hidden(with_hidden(hide, change.device));
        break;
      case BootChange::Kind::unhide:
        set_hidden(without_hidden(hide, change.device));
        break;
      case BootChange::Kind::disable_display:
      case BootChange::Kind::enable_display:
        change_display(change.kind == BootChange::Kind::enable_display);
        break;
    }
    if (is_done(change, next_boot())) return;
    if (change.kind == BootChange::Kind::hide || change.kind == BootChange::Kind::unhide)
      set_hidden(hide);
    throw Error{ExitCode::host, fmt::format("the command lines would be '{}' and '{}' all the same",
                                            *next_boot().xen, next_boot().dom0)};
  } catch (const Error& error) {
    throw Error{ExitCode::host, std::string{"cannot change the boot configuration: "} +
                                    error.what() + "; the next boot is what it was"};
  }
}

}  // namespace xenlaunch
