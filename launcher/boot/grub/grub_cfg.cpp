#include "launcher/boot/grub/grub_cfg.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <map>

#include "base/error.h"
#include "base/text.h"
#include "launcher/boot/grub/grub_script.h"

namespace xenlaunch {
namespace {

using Command = GrubScript::Command;

[[noreturn]] void fail(const std::string& reason) {
  throw Error{ExitCode::host, "cannot tell what the next boot starts: " + reason};
}

bool is_one_of(const std::string& word, std::initializer_list<const char*> words) {
  return std::ranges::find(words, word) != words.end();
}

/// The last component of a path, GRUB's or the firmware's.
std::string file_name(std::string_view file) {
  return std::string{file.substr(file.find_last_of("/\\") + 1)};
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
  });
  return text;
}

bool is_letter(char c) {
  return c >= 'a' && c <= 'z';
}

/// Whether a name in lower case has "xen" with no letter on either side.
bool has_word_xen(std::string_view name) {
  for (std::size_t at = name.find("xen"); at != std::string_view::npos;
       at = name.find("xen", at + 1)) {
    const bool begins = at == 0 || !is_letter(name[at - 1]);
    const bool ends = at + 3 == name.size() || !is_letter(name[at + 3]);
    if (begins && ends) return true;
  }
  return false;
}

/// A kernel or an initramfs of Linux, by the names that they have everywhere.
bool is_of_linux(std::string_view name) {
  return std::ranges::any_of(
      std::initializer_list<const char*>{"vmlinu", "bzimage", "linux", "kernel", "initr"},
      [name](const char* begin) { return name.starts_with(begin); });
}

/// What an entry boots, from the commands that it runs.
class Loader {
 public:
  explicit Loader(BootEntry& entry) : entry_{entry} {}
  void take(const Command& command);

 private:
  void start(const std::string& file) {
    entry_.xen.reset();
    entry_.dom0.clear();
    entry_.kernel.clear();
    entry_.starts = file_name(file);
    has_kernel_ = false;
    takes_xen_as_module_ = false;
  }
  void start_chain(const std::string& file);
  void take_module(const std::string& file, const std::string& line);
  [[noreturn]] void fail_at(const std::string& what) const {
    fail(fmt::format("the entry '{}' {}", excerpt(entry_.title, 100), what));
  }

  BootEntry& entry_;
  bool has_kernel_ = false;
  bool takes_xen_as_module_ = false;
};

void Loader::take(const Command& command) {
  const std::string& name = command.front();
  auto file = command.begin() + 1;
  while (file != command.end() && file->starts_with("--")) ++file;
  if (file == command.end()) return;
  auto arguments = file + 1;
  // 20_linux_xen writes it where older loaders had the file's name.
  if (arguments != command.end() && *arguments == "placeholder") ++arguments;
  const auto line = [&] { return loader_line({arguments, command.end()}); };
  if (is_one_of(name, {"multiboot", "multiboot2", "xen_hypervisor"})) {
    start(*file);
    // The last is GRUB's command for Xen alone (grub-core/loader/arm64/xen_boot.c).
    if (name == "xen_hypervisor" || is_xen_image(*file))
      entry_.xen = line();
    else
      takes_xen_as_module_ = true;
  } else if (is_one_of(name, {"linux", "linuxefi", "linux16"})) {
    start(*file);
    entry_.kernel = *file;
    entry_.dom0 = line();
  } else if (is_one_of(name, {"module", "module2", "xen_module"})) {
    take_module(*file, line());
  } else if (name == "chainloader") {
    start_chain(*file);
  } else if (name == "configfile") {
    fail_at("continues with the menu of another file");
  }
}

/// Xen takes the first module for dom0's kernel; tboot starts the first that is a kernel, without
/// itself (launch_kernel of tboot/common/elf.c), and its other modules lie anywhere.
void Loader::take_module(const std::string& file, const std::string& line) {
  if (entry_.xen && !has_kernel_) {
    entry_.kernel = file;
    entry_.dom0 = line;
    has_kernel_ = true;
  } else if (takes_xen_as_module_ && is_xen_image(file)) {
    entry_.xen = line;
    takes_xen_as_module_ = false;
  } else if (takes_xen_as_module_ && is_of_linux(lower_case(file_name(file)))) {
    entry_.kernel = file;
    entry_.dom0 = line;
    takes_xen_as_module_ = false;
  }
}

void Loader::start_chain(const std::string& file) {
  start(file);
  if (is_xen_image(file))
    fail_at("starts Xen as an EFI program, whose command lines stand in a file of its own");
}

/// The part of `path` up to its first single '>'; the part behind that.
struct PathParts {
  std::string head, tail;
};

PathParts split_path(std::string_view path) {
  PathParts parts;
  for (std::size_t at = 0; at < path.size(); ++at) {
    if (path[at] == '>' && !path.substr(at).starts_with(">>")) {
      parts.tail = path.substr(at + 1);
      break;
    }
    if (path[at] == '>') ++at;
    parts.head += path[at];
  }
  return parts;
}

/// grub_strtoul, which takes what digits there are, like its caller; nullopt where there are none.
std::optional<std::size_t> leading_number(std::string_view text) {
  text.remove_prefix(std::min(text.find_first_not_of(" \t\n\v\f\r"), text.size()));
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  } else if (text.size() > 1 && text[0] == '0' && text[1] >= '0' && text[1] <= '7') {
    base = 8;
  }
  std::size_t number = 0;
  const auto error = std::from_chars(text.data(), text.data() + text.size(), number, base).ec;
  if (error == std::errc::invalid_argument) return std::nullopt;
  return error == std::errc{} ? number : std::numeric_limits<std::size_t>::max();
}

/// get_entry_number of grub-core/normal/menu.c: a number wins over titles and ids, and run_menu
/// takes the first entry where there is none such.
const GrubMenuEntry& chosen(const std::vector<GrubMenuEntry>& menu, const std::string& name) {
  const std::optional<std::size_t> number = leading_number(name);
  if (number) return menu[*number < menu.size() ? *number : 0];
  const std::string wanted = split_path(name).head;
  const auto found = std::ranges::find_if(menu, [&wanted](const GrubMenuEntry& entry) {
    return entry.title == wanted || entry.id == wanted;
  });
  return found == menu.end() ? menu.front() : *found;
}

/// The variable of grubenv that `name`, the value of `default`, is from; 00_header of grub-mkconfig
/// asks next_entry first.
std::string chosen_by(std::string_view grub_cfg, std::string_view grubenv,
                      const std::string& name) {
  GrubScript without{grub_cfg, ""};
  without.run(without.whole());
  if (without.variables().get("default") == name) return "";
  std::map<std::string, std::string> variables;
  read_grubenv(grubenv, [&variables](const std::string& variable, const std::string& value) {
    variables[variable] = value;
  });
  for (const char* variable : {"next_entry", "saved_entry"})
    if (variables[variable] == name) return variable + ("=" + name);
  return "";
}

}  // namespace

bool is_xen_image(std::string_view file) {
  const std::string name = lower_case(file_name(file));
  const auto ends_so = [&name](const char* end) { return name.ends_with(end); };
  return has_word_xen(name) && !is_of_linux(name) && name.find("xen-syms") == std::string::npos &&
         std::ranges::none_of(std::initializer_list<const char*>{".cfg", ".config", ".map"},
                              ends_so);
}

BootEntry next_entry(std::string_view grub_cfg, std::string_view grubenv) {
  GrubScript script{grub_cfg, std::string{grubenv}};
  BootEntry result;
  GrubBlock block = script.whole();
  while (true) {
    const std::vector<GrubMenuEntry> menu = script.run(block, [](const Command& command) {
      if (command.front() == "blscfg")
        fail("grub.cfg takes entries from /boot/loader/entries (blscfg), which is not read");
    });
    if (menu.empty() && result.title.empty()) fail("grub.cfg has no menu entries");
    if (menu.empty()) fail(fmt::format("the submenu '{}' is empty", excerpt(result.title, 100)));
    const std::string name = script.variables().get("default");
    if (result.title.empty()) result.chosen_by = chosen_by(grub_cfg, grubenv, name);
    const GrubMenuEntry& entry = chosen(menu, name);
    result.title += (result.title.empty() ? "" : ">") + entry.title;
    block = entry.body;
    if (!entry.submenu) break;
    // grub_menu_execute_entry: the submenu's default is what follows, where something does.
    script.variables().keep_exported();
    const std::string tail = split_path(name).tail;
    if (!tail.empty()) script.variables().set("default", tail);
  }
  Loader loader{result};
  script.run(block, [&loader](const Command& command) { loader.take(command); });
  return result;
}

}  // namespace xenlaunch
