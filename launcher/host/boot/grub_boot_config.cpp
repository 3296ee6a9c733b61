#include "launcher/host/boot/grub_boot_config.h"

#include <fmt/format.h>

#include <algorithm>

#include "launcher/base/error.h"
#include "launcher/host/boot/hidden_devices.h"
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

std::string what_holds_against(const BootChange& change, const BootEntry& entry) {
  if (!entry.xen) return "";
  const HiddenDevices hidden = hidden_devices(entry.dom0);
  if (change.kind == BootChange::Kind::hide && hidden.garbled)
    return fmt::format(
        "pciback does not understand '{}' in xen-pciback.hide={} and would hide nothing at all; "
        "correct that in /{}",
        *hidden.garbled, hide_value(entry.dom0), defaults_file);
  if (change.kind == BootChange::Kind::unhide)
    for (const HiddenDevices::Group& group : hidden.groups)
      if (group.covers(change.device))
        return fmt::format(
            "{} in xen-pciback.hide hides it together with others; write those out one by one in "
            "/{}",
            group.text, defaults_file);
  return fmt::format(
      "the entry '{}' would still boot with Xen's command line '{}' and dom0's '{}'; a script in "
      "/etc/grub.d or a later file in /etc/default/grub.d holds against it",
      entry.title, *entry.xen, entry.dom0);
}

}  // namespace

BootEntry GrubBootConfig::entry_of(const std::filesystem::path& grub_cfg) const {
  const std::optional<std::string> text = read_bytes(grub_cfg);
  if (!text)
    throw Error{ExitCode::host,
                "cannot tell what the next boot starts: " + grub_cfg.string() + " is missing"};
  // grub.cfg ends with reading custom.cfg, which may hold entries and a default of its own.
  return next_entry(*text + "\n" + read_bytes(root_ / custom_cfg_file).value_or(""),
                    read_bytes(root_ / grubenv_file).value_or(""));
}

BootLines GrubBootConfig::next_boot() {
  return lines_of(entry_of(root_ / grub_cfg_file));
}

GrubDropIn GrubBootConfig::read_drop_in() const {
  const std::optional<std::string> text = read_bytes(root_ / drop_in_file);
  if (!text) return {};
  const std::optional<GrubDropIn> drop_in = parse_drop_in(*text);
  if (!drop_in)
    throw Error{ExitCode::host, fmt::format("cannot change the boot configuration: /{} is not as "
                                            "xenlaunch writes it; remove it, run "
                                            "update-grub, and try again",
                                            drop_in_file)};
  return *drop_in;
}

void GrubBootConfig::write_drop_in(const GrubDropIn& drop_in) {
  if (drop_in.empty())
    remove_file(root_ / drop_in_file);
  else
    write_file(root_ / drop_in_file, render_drop_in(drop_in));
}

void GrubBootConfig::take_back_drop_in() {
  // No writing here: the disk may be full.
  const std::optional<std::string> before = read_bytes(root_ / drop_in_before_file);
  if (!before) return;
  if (!before->empty()) return replace_file(root_ / drop_in_before_file, root_ / drop_in_file);
  remove_file(root_ / drop_in_file);
  remove_file(root_ / drop_in_before_file);
}

void GrubBootConfig::finish_interrupted() {
  remove_file(root_ / fresh_grub_cfg_file);
  const std::optional<std::string> before = read_bytes(root_ / drop_in_before_file);
  if (!before) return;
  const std::optional<GrubDropIn> was = before->empty() ? GrubDropIn{} : parse_drop_in(*before);
  const GrubDropIn is = read_drop_in();
  const BootLines boot = next_boot();
  if (is_made_with(is, was, boot))
    remove_file(root_ / drop_in_before_file);
  else
    take_back_drop_in();
}

BootEntry GrubBootConfig::generate(Progress& progress) {
  progress.step("running update-grub");
  const std::filesystem::path fresh = root_ / fresh_grub_cfg_file;
  // The last of several -o counts, and update-grub gives its own first.
  const ProgramResult result = programs_.run({"update-grub", "-o", fresh.string()});
  if (result.status != 0) throw Error{ExitCode::host, failure_text("update-grub", result)};
  return entry_of(fresh);
}

void GrubBootConfig::bring_about(GrubDropIn drop_in, const BootChange& change, Progress& progress) {
  write_drop_in(drop_in);
  BootEntry entry = generate(progress);
  if (!is_done(change, lines_of(entry))) {
    const GrubDropIn more = with_more(drop_in, change, lines_of(entry));
    if (more == drop_in) throw Error{ExitCode::host, what_holds_against(change, entry)};
    drop_in = more;
    write_drop_in(drop_in);
    entry = generate(progress);
    if (!is_done(change, lines_of(entry)))
      throw Error{ExitCode::host, what_holds_against(change, entry)};
  }
}

void GrubBootConfig::arrange_if_possible(const std::vector<PciAddress>& hidden,
                                         const std::string& release, Progress& progress) {
  try {
    early_pciback_.arrange(hidden, release, progress);
  } catch (const Error& error) {
    progress.warning(
        std::string{error.what()} +
        "; xen-pciback is loaded early though nothing needs that now, which does no harm");
  }
}

void GrubBootConfig::change(const BootChange& change, Progress& progress) {
  if (!is_regular_file(root_ / defaults_file))
    throw Error{ExitCode::host, fmt::format("cannot change the boot configuration: /{} is missing; "
                                            "only GRUB as Debian and Ubuntu set "
                                            "it up is supported, and XenServer's xen-cmdline",
                                            defaults_file)};
  finish_interrupted();
  const BootEntry entry = entry_of(root_ / grub_cfg_file);
  if (!entry.xen)
    throw Error{ExitCode::host,
                fmt::format("cannot change what Xen boots with: the next boot takes the entry "
                            "'{}', which starts no "
                            "Xen; name the Xen entry in GRUB_DEFAULT in /{} and run update-grub",
                            entry.title, defaults_file)};
  const GrubDropIn before = read_drop_in();
  const GrubDropIn wanted = with_change(before, change);
  const std::string release = release_of(entry);
  const bool hides_more = wanted.hide.size() > before.hide.size();
  if (hides_more) early_pciback_.arrange(wanted.hide, release, progress);
  try {
    write_file(root_ / drop_in_before_file, read_bytes(root_ / drop_in_file).value_or(""));
    bring_about(wanted, change, progress);
    replace_file(root_ / fresh_grub_cfg_file, root_ / grub_cfg_file);
  } catch (const Error& error) {
    take_back_drop_in();
    remove_file(root_ / fresh_grub_cfg_file);
    arrange_if_possible(before.hide, release, progress);
    throw Error{ExitCode::host, std::string{"cannot change the boot configuration: "} +
                                    error.what() + "; the next boot is what it was"};
  }
  remove_file(root_ / drop_in_before_file);
  arrange_if_possible(wanted.hide, release, progress);
}

}  // namespace xenlaunch
