#include "launcher/boot/grub_boot_config.h"

#include <fmt/format.h>

#include <algorithm>
#include <exception>
#include <sstream>

#include "base/error.h"
#include "base/text.h"
#include "launcher/boot/hidden_devices.h"
#include "launcher/boot/hiding.h"
#include "launcher/boot/modprobe_conf.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

constexpr const char* grub_cfg_file = "boot/grub/grub.cfg";
constexpr const char* fresh_grub_cfg_file = "boot/grub/grub.cfg.xenlaunch";
constexpr const char* custom_cfg_file = "boot/grub/custom.cfg";
constexpr const char* grubenv_file = "boot/grub/grubenv";
constexpr const char* defaults_file = "etc/default/grub";
// After all others, so that it changes what they give.
constexpr const char* drop_in_file = "etc/default/grub.d/zz-xenlaunch.cfg";
/// The drop-in before an edit, empty for none, for as long as grub.cfg may be that of before too.
constexpr const char* drop_in_before_file = "etc/default/grub.d/zz-xenlaunch.cfg.before";

BootLines lines_of(const BootEntry& entry) {
  return {.xen = entry.xen, .dom0 = entry.dom0};
}

/// "6.1.0-28-amd64" of "/boot/vmlinuz-6.1.0-28-amd64".
std::string release_of(const BootEntry& entry) {
  const std::string name = std::filesystem::path{entry.kernel}.filename().string();
  const std::size_t dash = name.find('-');
  return dash == std::string::npos ? "" : name.substr(dash + 1);
}

/// Whether the boot has all that the drop-in asks for.
bool has_all_of(const GrubDropIn& drop_in, const BootLines& boot) {
  const auto hidden = [&boot](const PciAddress& device) { return is_hidden(boot, device); };
  const std::string value = hide_value(boot.dom0);
  const auto present = [&value](const std::string& group) {
    return value.find(group) != std::string::npos;
  };
  return std::ranges::all_of(drop_in.hide, hidden) &&
         std::ranges::none_of(drop_in.unhide, present) &&
         (drop_in.display == GrubDropIn::Display::untouched ||
          uses_display(boot) == (drop_in.display == GrubDropIn::Display::enabled));
}

std::size_t demands(const GrubDropIn& drop_in) {
  return drop_in.hide.size() + drop_in.unhide.size() +
         (drop_in.display == GrubDropIn::Display::untouched ? 0 : 1);
}

/// Whether `boot` was made with the drop-in `is`, and not with the one of before the change.
bool is_made_with(const GrubDropIn& is, const std::optional<GrubDropIn>& was,
                  const BootLines& boot) {
  if (!has_all_of(is, boot)) return false;
  // Where it has all of both, one of the two asks for less.
  return !was || !has_all_of(*was, boot) || demands(is) > demands(*was);
}

[[noreturn]] void fail(const std::string& reason) {
  throw Error{ExitCode::host, reason};
}

std::string what_holds_against(const BootChange& change, const BootEntry& entry) {
  const HiddenDevices hidden = hidden_devices(entry.dom0);
  if (change.kind == BootChange::Kind::hide && hidden.garbled)
    return fmt::format(
        "pciback does not understand '{}' in xen-pciback.hide={} and would hide nothing at all; "
        "correct that in /{}",
        *hidden.garbled, hide_value(entry.dom0), defaults_file);
  if (change.kind == BootChange::Kind::unhide)
    for (const HiddenDevices::Group& group : hidden.groups)
      if (group.covers(change.device) && group.text.find('*') != std::string::npos)
        return fmt::format(
            "{} in xen-pciback.hide hides it together with others; write those out one by one in "
            "/{}",
            group.text, defaults_file);
  return fmt::format(
      "the entry '{}' would still boot with Xen's command line '{}' and dom0's '{}'; write "
      "xen-pciback.hide=, console= and initcall_blacklist= there without quotes and spaces in /{}, "
      "and see what "
      "else in "
      "/etc/default/grub.d and /etc/grub.d sets them",
      entry.title, *entry.xen, entry.dom0, defaults_file);
}

}  // namespace

BootEntry GrubBootConfig::entry_of(const std::filesystem::path& grub_cfg) const {
  const std::optional<std::string> text = read_bytes(grub_cfg);
  if (!text) fail("cannot tell what the next boot starts: " + grub_cfg.string() + " is missing");
  // Where grub.cfg ends with reading custom.cfg, that may hold entries and a default of its own.
  const bool reads_custom = text->find("/custom.cfg") != std::string::npos;
  return next_entry(
      *text + (reads_custom ? "\n" + read_bytes(root_ / custom_cfg_file).value_or("") : ""),
      read_bytes(root_ / grubenv_file).value_or(""));
}

NoXen GrubBootConfig::no_xen(const BootEntry& entry) const {
  const bool has_defaults = is_regular_file(root_ / defaults_file);
  NoXen result{.what = "the next boot starts no Xen"};
  if (!entry.starts.empty()) result.what += " but " + excerpt(entry.starts, 60);
  const std::string chosen_by = excerpt(entry.chosen_by, 100);
  if (chosen_by.starts_with("next_entry=")) {
    result.what += fmt::format(": the one-time entry `{}` in grubenv decides", chosen_by);
    result.remedy = "take it back with `grub-editenv - unset next_entry`";
  } else if (!chosen_by.empty()) {
    result.what += fmt::format(": the saved entry `{}` in grubenv decides", chosen_by);
    result.remedy = "save the Xen entry with `grub-set-default`";
  } else if (has_defaults) {
    result.what += fmt::format(": the entry '{}', which GRUB_DEFAULT in /{} decides",
                               excerpt(entry.title, 100), defaults_file);
    result.remedy = "name the Xen entry there, and run `update-grub`";
  } else {
    result.what += fmt::format(": the entry '{}', which `default` in /{} decides",
                               excerpt(entry.title, 100), grub_cfg_file);
    result.remedy = "name the Xen entry there";
  }
  return result;
}

NoXen GrubBootConfig::why_no_xen() {
  return no_xen(entry_of(root_ / grub_cfg_file));
}

std::string GrubBootConfig::next_release() {
  return release_of(entry_of(root_ / grub_cfg_file));
}

BootLines GrubBootConfig::next_boot() {
  const BootEntry entry = entry_of(root_ / grub_cfg_file);
  BootLines lines = lines_of(entry);
  lines.modprobe = read_modprobe_hide(root_, release_of(entry));
  return lines;
}

bool GrubBootConfig::has(const BootChange& change) {
  const BootLines next = next_boot();
  if (!is_done(change, next)) return false;
  const std::vector<PciAddress> ours = read_drop_in().hide;
  return change.kind != BootChange::Kind::hide || !hidden_by_hand(next, change.device).empty() ||
         std::ranges::find(ours, change.device) != ours.end();
}

GrubDropIn GrubBootConfig::read_drop_in() const {
  const std::optional<std::string> text = read_bytes(root_ / drop_in_file);
  if (!text) return {};
  const std::optional<GrubDropIn> drop_in = parse_drop_in(*text);
  if (!drop_in)
    fail(fmt::format(
        "cannot change the boot configuration: /{} is not as xenlaunch writes it; remove it, run "
        "update-grub, and try again",
        drop_in_file));
  return *drop_in;
}

void GrubBootConfig::write_drop_in(const GrubDropIn& drop_in) {
  if (drop_in.empty())
    remove_file(root_ / drop_in_file);
  else
    write_file(root_ / drop_in_file, render_drop_in(drop_in));
}

void GrubBootConfig::take_back_drop_in() {
  remove_file(root_ / fresh_grub_cfg_file);
  const std::optional<std::string> before = read_bytes(root_ / drop_in_before_file);
  if (!before) return;
  if (!before->empty()) return replace_file(root_ / drop_in_before_file, root_ / drop_in_file);
  remove_file(root_ / drop_in_file);
  remove_file(root_ / drop_in_before_file);
}

void GrubBootConfig::recover(Progress& progress) {
  if (!is_present(root_ / drop_in_before_file) && !is_present(root_ / drop_in_file)) {
    // Nothing of ours is asked for: nor should anything of it be left.
    if (is_regular_file(root_ / defaults_file)) arrange_if_possible({}, "", progress);
    return;
  }
  if (const auto before = read_bytes(root_ / drop_in_before_file)) {
    const std::optional<GrubDropIn> was = before->empty() ? GrubDropIn{} : parse_drop_in(*before);
    if (is_made_with(read_drop_in(), was, next_boot()))
      remove_file(root_ / drop_in_before_file);
    else
      take_back_drop_in();
  }
  remove_file(root_ / fresh_grub_cfg_file);
  arrange_if_possible(read_drop_in().hide, release_of(entry_of(root_ / grub_cfg_file)), progress);
}

std::string GrubBootConfig::locale() const {
  // The titles in the menu are translated, and GRUB_DEFAULT may name one.
  std::istringstream lines{read_bytes(root_ / "etc/default/locale").value_or("")};
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("LANG=")) continue;
    std::erase(line, '"');
    return line;
  }
  return "LC_ALL=C";
}

BootEntry GrubBootConfig::generate(Progress& progress) {
  progress.step("running update-grub");
  const std::filesystem::path fresh = root_ / fresh_grub_cfg_file;
  // The last of several -o counts, and update-grub gives its own first.
  const ProgramResult result =
      programs_.run({"update-grub", "-o", fresh.string()}, time_to_rebuild, locale());
  if (!result.succeeded()) fail(failure_text("update-grub", result));
  const BootEntry entry = entry_of(fresh);
  if (!entry.xen) fail(to_string(no_xen(entry)));
  return entry;
}

void GrubBootConfig::bring_about(GrubDropIn drop_in, const BootChange& change, Progress& progress) {
  write_drop_in(drop_in);
  BootEntry entry = generate(progress);
  if (!is_done(change, lines_of(entry))) {
    const GrubDropIn more = with_more(drop_in, change, lines_of(entry));
    if (more == drop_in) fail(what_holds_against(change, entry));
    drop_in = more;
    write_drop_in(drop_in);
    entry = generate(progress);
    if (!is_done(change, lines_of(entry))) fail(what_holds_against(change, entry));
  }
}

void GrubBootConfig::replace_grub_cfg(const GrubDropIn& drop_in, const BootChange& change,
                                      Progress& progress) {
  // A package that comes or goes runs update-grub too, and takes no lock for it.
  constexpr int most_tries = 3;
  for (int i = 0; i < most_tries; ++i) {
    const std::optional<std::string> before = read_bytes(root_ / grub_cfg_file);
    bring_about(drop_in, change, progress);
    if (read_bytes(root_ / grub_cfg_file) == before)
      return replace_file(root_ / fresh_grub_cfg_file, root_ / grub_cfg_file);
  }
  fail("/boot/grub/grub.cfg is being changed by another program all the time; try again later");
}

void GrubBootConfig::arrange_if_possible(const std::vector<PciAddress>& hidden,
                                         const std::string& release, Progress& progress) {
  try {
    early_pciback_.arrange(hidden, release, progress);
  } catch (const std::exception& error) {
    progress.warning(
        error.what() +
        std::string{
            hidden.empty()
                ? "; xen-pciback is loaded early though nothing needs that now, which does no harm"
                : "; a driver may take a hidden device before xen-pciback is loaded: run "
                  "`update-initramfs -u "
                  "-k all` by hand before you reboot"});
  }
}

void GrubBootConfig::change(const BootChange& change, Progress& progress) {
  if (!is_regular_file(root_ / defaults_file))
    fail(fmt::format(
        "/{} is missing; only GRUB as Debian and Ubuntu set it up is supported, and XenServer's "
        "xen-cmdline",
        defaults_file));
  const BootEntry entry = entry_of(root_ / grub_cfg_file);
  if (!entry.xen) fail(to_string(no_xen(entry)));
  const std::string release = release_of(entry);
  const GrubDropIn before = read_drop_in();
  const GrubDropIn wanted = with_change(before, change);
  try {
    if (change.kind == BootChange::Kind::hide)
      early_pciback_.arrange(wanted.hide, release, progress);
    write_file(root_ / drop_in_before_file, read_bytes(root_ / drop_in_file).value_or(""));
    replace_grub_cfg(wanted, change, progress);
  } catch (const std::exception&) {
    try {
      take_back_drop_in();
    } catch (const std::exception& error) {
      progress.warning(fmt::format("{}; put /{} and its .before right by hand, and run update-grub",
                                   error.what(), drop_in_file));
    }
    arrange_if_possible(before.hide, release, progress);
    throw;
  }
  try {
    remove_file(root_ / drop_in_before_file);
  } catch (const Error& error) {
    progress.warning(std::string{error.what()} +
                     "; the change is made, and the next one removes it");
  }
  if (change.kind == BootChange::Kind::unhide) arrange_if_possible(wanted.hide, release, progress);
}

}  // namespace xenlaunch
