#include "launcher/boot/modprobe_conf.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <sstream>

#include "base/text.h"
#include "launcher/boot/command_line.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

std::string same_dashes(std::string text) {
  std::ranges::replace(text, '-', '_');
  return text;
}

/// The files of a folder whose names end in ".conf", by name.
void add_files(const fs::path& root, const char* folder, std::map<std::string, fs::path>& files) {
  std::error_code error;
  for (fs::directory_iterator entry{root / folder, error};
       !error && entry != fs::directory_iterator{}; entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    if (name.ends_with(".conf") && !name.starts_with('.'))
      files.emplace(name, "/" + (fs::path{folder} / name).string());
  }
}

/// A line, and those that it is continued on by a backslash at its end (read_str_safe's caller
/// freadline_wrapped of kmod's libkmod-util.c).
struct Line {
  std::string text;
  std::size_t number{};
};

std::vector<Line> logical_lines(const std::string& text) {
  std::vector<Line> lines;
  std::istringstream input{text};
  std::size_t number = 0;
  bool goes_on = false;
  for (std::string part; std::getline(input, part);) {
    ++number;
    const bool continues = part.ends_with('\\');
    if (continues) part.pop_back();
    if (goes_on)
      lines.back().text += part;
    else
      lines.push_back({part, number});
    goes_on = continues;
  }
  return lines;
}

/// What stands behind "options xen-pciback"; nullopt for another line.
std::optional<std::string> pciback_options(const std::string& line) {
  std::istringstream words{line};
  std::string command;
  std::string module;
  if (!(words >> command >> module) || command != "options" || same_dashes(module) != "xen_pciback")
    return std::nullopt;
  std::string rest;
  std::getline(words, rest);
  std::ranges::replace(rest, '\t', ' ');
  return rest;
}

/// The initramfs of a kernel, as Debian or as Fedora name it.
std::optional<fs::path> initramfs_of(const fs::path& root, const std::string& release) {
  for (const std::string& name : {"initrd.img-" + release, "initramfs-" + release + ".img"})
    if (is_present(root / "boot" / name)) return fs::path{"boot"} / name;
  return std::nullopt;
}

}  // namespace

std::vector<ModprobeFile> read_modprobe_files(const fs::path& root) {
  std::map<std::string, fs::path> paths;
  for (const char* folder : {"etc/modprobe.d", "run/modprobe.d", "usr/local/lib/modprobe.d",
                             "usr/lib/modprobe.d", "lib/modprobe.d"})
    add_files(root, folder, paths);
  std::vector<ModprobeFile> files;
  for (const auto& [name, path] : paths)
    if (const auto text = read_if_readable(root / path.relative_path()))
      files.push_back({path.string(), *text});
  return files;
}

std::optional<HideWord> modprobe_hide(const std::vector<ModprobeFile>& files) {
  std::optional<HideWord> last;
  for (const ModprobeFile& file : files)
    for (const Line& line : logical_lines(file.text))
      if (const auto options = pciback_options(line.text))
        for (const std::string& value : values_of(*options, "hide"))
          last = HideWord{.value = value, .file = file.path, .line = line.number};
  return last;
}

bool lists_module(const std::string& list, const std::string& name) {
  return same_dashes(list).find("/" + same_dashes(name) + ".ko") != std::string::npos;
}

std::optional<HideWord> read_modprobe_hide(const fs::path& root, const std::string& release) {
  const std::string builtin =
      read_if_readable(root / "lib/modules" / release / "modules.builtin").value_or("");
  if (!release.empty() && lists_module(builtin, "xen-pciback")) return std::nullopt;
  return modprobe_hide(read_modprobe_files(root));
}

std::string stale_initramfs_note(const fs::path& root, const std::string& release,
                                 const HideWord& word) {
  if (release.empty() || release.find('/') != std::string::npos) return "";
  const std::optional<fs::path> initramfs = initramfs_of(root, release);
  if (!initramfs) return "";
  std::error_code error;
  const auto file_time = fs::last_write_time(root / fs::path{word.file}.relative_path(), error);
  if (error) return "";
  const auto initramfs_time = fs::last_write_time(root / *initramfs, error);
  if (error || file_time <= initramfs_time) return "";
  return fmt::format(
      "{} is newer than the initramfs /{}, which may load xen-pciback with what the file said "
      "before; run `{}`",
      excerpt(word.file), excerpt(initramfs->string()),
      initramfs->filename().string().starts_with("initrd")
          ? "update-initramfs -u"
          : "dracut --force /" + excerpt(initramfs->string()) + " " + excerpt(release));
}

}  // namespace xenlaunch
