#include "launcher/boot/xen_cmdline_boot_config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "base/error.h"
#include "launcher/boot/consoles.h"
#include "launcher/boot/firmware_framebuffer.h"
#include "launcher/boot/hidden_devices.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/own_file.h"
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

void put(json& record, const char* key, const std::optional<ConsoleWords>& words) {
  if (words)
    record[key] = {{"xen", words->xen}, {"dom0", words->dom0}, {"initcalls", words->initcalls}};
}

/// It is a script, which writes the boot loader's files itself.
constexpr std::chrono::minutes time_to_edit{2};

std::optional<ConsoleWords> get(const json& record, const char* key) {
  if (!record.contains(key)) return std::nullopt;
  const json& words = record.at(key);
  // Older versions left initcall_blacklist= alone.
  return ConsoleWords{words.at("xen").get<std::string>(), words.at("dom0").get<std::string>(),
                      words.value("initcalls", "")};
}

}  // namespace

std::string XenCmdlineBootConfig::ask(const std::string& option, const std::string& key) {
  const ProgramResult result = programs_.run({program_, option, key}, time_to_edit);
  if (!result.succeeded())
    throw Error{ExitCode::host,
                "cannot read the boot configuration: " + failure_text(program_, result)};
  return trimmed(result.output);
}

void XenCmdlineBootConfig::tell(const std::string& option, const std::string& words) {
  const ProgramResult result = programs_.run({program_, option, words}, time_to_edit);
  if (!result.succeeded()) throw Error{ExitCode::host, failure_text(program_, result)};
}

ConsoleWords XenCmdlineBootConfig::consoles() {
  return {.xen = ask("--get-xen", "console"),
          .dom0 = ask("--get-dom0", "console"),
          .initcalls = ask("--get-dom0", "initcall_blacklist")};
}

BootLines XenCmdlineBootConfig::next_boot() {
  const ConsoleWords words = consoles();
  return {
      .xen = joined(ask("--get-xen", "com1"), words.xen),
      .dom0 = joined(joined(ask("--get-dom0", "xen-pciback.hide"), words.dom0), words.initcalls)};
}

void XenCmdlineBootConfig::write_consoles(const ConsoleWords& words) {
  // One --set replaces every word of that key on its line, so it gets all of them at once.
  const auto write = [this](const std::string& line, const char* key, const std::string& now,
                            const std::string& all) {
    if (now == all) return;
    if (all.empty())
      tell("--delete-" + line, key);
    else
      tell("--set-" + line, all);
  };
  const ConsoleWords now = consoles();
  write("xen", "console", now.xen, words.xen);
  write("dom0", "console", now.dom0, words.dom0);
  write("dom0", "initcall_blacklist", now.initcalls, words.initcalls);
}

XenCmdlineBootConfig::Record XenCmdlineBootConfig::read_record() const {
  // What is in it becomes the boot's command lines.
  if (!is_present(record_)) return {};
  require_own(record_, S_IFREG);
  const std::optional<std::string> text = read_bytes(record_);
  if (!text) return {};
  try {
    const json record = json::parse(*text);
    return {.original = get(record, "original"),
            .disabled = get(record, "disabled"),
            .from = get(record, "from"),
            .to = get(record, "to")};
  } catch (const json::exception&) {
    throw Error{ExitCode::host,
                fmt::format("cannot read {}, which holds the consoles of before the last change: "
                            "it is garbled; check "
                            "`{} --get-xen console` and `--get-dom0 console`, then remove it",
                            record_.string(), program_)};
  }
}

void XenCmdlineBootConfig::write_record(const Record& record) {
  json document = json::object();
  put(document, "original", record.original);
  put(document, "disabled", record.disabled);
  put(document, "from", record.from);
  put(document, "to", record.to);
  if (document.empty())
    remove_file(record_);
  else
    write_file(record_, document.dump(2, ' ', false, json::error_handler_t::replace) + "\n", 0600);
}

void XenCmdlineBootConfig::recover(Progress&) {
  Record record = read_record();
  if (!record.from || !record.to) return;
  const ConsoleWords now = consoles();
  // Some words of before and some of after: a change was killed between them. Anything else is
  // whole, or somebody's.
  const bool half =
      now != *record.from && now != *record.to &&
      (now.xen == record.from->xen || now.xen == record.to->xen) &&
      (now.dom0 == record.from->dom0 || now.dom0 == record.to->dom0) &&
      (now.initcalls == record.from->initcalls || now.initcalls == record.to->initcalls);
  if (half) write_consoles(*record.from);
  record.from.reset();
  record.to.reset();
  write_record(record);
}

void XenCmdlineBootConfig::set_consoles(const ConsoleWords& to, Record after) {
  const Record before = read_record();
  Record during = after.original ? after : before;
  during.from = consoles();
  during.to = to;
  write_record(during);
  try {
    write_consoles(to);
  } catch (const Error&) {
    // An undo that fails leaves the record for the next time; the first error is the one to tell.
    try {
      write_consoles(*during.from);
      write_record(before);
    } catch (const Error&) {
    }
    throw;
  }
  write_record(after);
}

void XenCmdlineBootConfig::disable_display() {
  const ConsoleWords now = consoles();
  // com1= decides what Xen's console becomes where nothing but the display was on it.
  const bool has_com1 = !ask("--get-xen", "com1").empty();
  const ConsoleWords disabled{.xen = xen_without_display(now.xen, has_com1),
                              .dom0 = dom0_without_display(now.dom0),
                              .initcalls = initcalls_without_framebuffers(now.initcalls)};
  // A version that left initcall_blacklist= alone may have disabled the rest.
  ConsoleWords original = now;
  const Record record = read_record();
  if (record.original && record.disabled && record.disabled->xen == now.xen &&
      record.disabled->dom0 == now.dom0)
    original = {
        .xen = record.original->xen, .dom0 = record.original->dom0, .initcalls = now.initcalls};
  set_consoles(disabled, {.original = original, .disabled = disabled, .from = {}, .to = {}});
}

void XenCmdlineBootConfig::enable_display() {
  const ConsoleWords now = consoles();
  const Record record = read_record();
  const bool known = record.original && record.disabled == now &&
                     uses_display({.xen = record.original->xen, .dom0 = record.original->dom0});
  set_consoles(known ? *record.original
                     : ConsoleWords{.xen = xen_with_display(now.xen),
                                    .dom0 = dom0_with_display(now.dom0),
                                    .initcalls = record.original ? initcalls_with_framebuffers(
                                                                       now.initcalls,
                                                                       record.original->initcalls)
                                                                 : now.initcalls},
               {});
}

void XenCmdlineBootConfig::change_hidden(const BootChange& change) {
  const std::string word = ask("--get-dom0", "xen-pciback.hide");
  const std::string hide = hide_value(word);
  const std::string value = change.kind == BootChange::Kind::hide
                                ? with_hidden(hide, change.device)
                                : without_hidden(hide, change.device);
  const auto write = [this](const std::string& all) {
    if (all.empty())
      tell("--delete-dom0", "xen-pciback.hide");
    else
      tell("--set-dom0", all);
  };
  write(value.empty() ? "" : "xen-pciback.hide=" + value);
  const BootLines now = next_boot();
  if (is_done(change, now)) return;
  write(word);
  const std::optional<std::string> garbled = hidden_devices(now.dom0).garbled;
  throw Error{
      ExitCode::host,
      garbled ? fmt::format(
                    "pciback does not understand '{}' in xen-pciback.hide={}; correct that with {}",
                    *garbled, value, program_)
              : fmt::format("with xen-pciback.hide={} it would be as before; see `{} --get-dom0 "
                            "xen-pciback.hide`, and write groups with * one by one",
                            value, program_)};
}

void XenCmdlineBootConfig::change(const BootChange& change, Progress& progress) {
  progress.step("running " + program_);
  switch (change.kind) {
    case BootChange::Kind::hide:
    case BootChange::Kind::unhide:
      return change_hidden(change);
    case BootChange::Kind::disable_display:
      return disable_display();
    case BootChange::Kind::enable_display:
      return enable_display();
  }
}

}  // namespace xenlaunch
