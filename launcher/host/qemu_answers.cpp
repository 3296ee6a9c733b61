#include "launcher/host/qemu_answers.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/stat.h>

#include <cerrno>
#include <optional>
#include <sstream>

#include "base/error.h"
#include "base/private_folder.h"
#include "launcher/host/durable_file.h"
#include "launcher/host/own_file.h"
#include "launcher/host/sysfs.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

/// More than any QEMU has to say; what is longer is not read.
constexpr std::uintmax_t longest = 65536;

/// The program as it is now: the name of its file of answers, and the first line in there.
struct Identity {
  std::string file;
  std::string line;
  friend bool operator==(const Identity&, const Identity&) = default;
};

std::optional<Identity> identity_of(const std::string& path) {
  struct stat status {};
  if (path.find('\n') != std::string::npos || ::stat(path.c_str(), &status) != 0)
    return std::nullopt;
  return Identity{fmt::format("{:x}-{:x}", status.st_dev, status.st_ino),
                  fmt::format("{} {}.{:09} {}", status.st_size, status.st_mtim.tv_sec,
                              status.st_mtim.tv_nsec, path)};
}

/// Behind it nothing comes, and without it something is missing.
constexpr const char* last_line = "all 2";

/// A line for each thing, a word before it saying what it is.
std::string to_text(const QemuAbilities& qemu, const Identity& identity) {
  std::string text = identity.line + "\n";
  const auto add = [&text](const char* word, const std::string& value) {
    text += fmt::format("{} {}\n", word, value);
  };
  if (qemu.help) {
    add("version", qemu.help->version);
    for (const std::string& option : qemu.help->options) add("option", option);
    for (const std::string& driver : qemu.help->audio_drivers) add("audio", driver);
  }
  if (qemu.devices) {
    add("devices", "");
    for (const std::string& device : *qemu.devices) add("device", device);
  }
  if (qemu.igd_passthru) add("igd-passthru", *qemu.igd_passthru ? "yes" : "no");
  if (qemu.vnc_password) add("vnc-password", *qemu.vnc_password ? "yes" : "no");
  return text + last_line + "\n";
}

/// False where it is no line of ours.
bool take_line(QemuAbilities& qemu, const std::string& word, const std::string& value) {
  if (word == "version") return qemu.help.emplace(QemuHelp{.version = value}), true;
  if (word == "devices") return qemu.devices.emplace(), true;
  if (word == "option" && qemu.help) return qemu.help->options.insert(value), true;
  if (word == "audio" && qemu.help) return qemu.help->audio_drivers.insert(value), true;
  if (word == "device" && qemu.devices) return qemu.devices->insert(value), true;
  if (value != "yes" && value != "no") return false;
  if (word == "igd-passthru") return qemu.igd_passthru = value == "yes", true;
  if (word == "vnc-password") return qemu.vnc_password = value == "yes", true;
  return false;
}

QemuAbilities from_text(const std::string& text, const Identity& identity) {
  QemuAbilities qemu;
  std::istringstream lines{text};
  std::string line;
  if (!std::getline(lines, line) || line != identity.line) return {};
  while (std::getline(lines, line)) {
    if (line == last_line) return qemu;
    const std::size_t space = line.find(' ');
    if (space == std::string::npos ||
        !take_line(qemu, line.substr(0, space), line.substr(space + 1)))
      return {};
  }
  return {};
}

/// What others could have written, or cannot be read, is as if it were not there.
QemuAbilities read_kept(const fs::path& folder, const Identity& identity) {
  try {
    const fs::path file = folder / identity.file;
    if (!is_present(file)) return {};
    require_own(folder, S_IFDIR);
    require_own(file, S_IFREG);
    if (fs::file_size(file) > longest) return {};
    return from_text(read_bytes(file).value_or(""), identity);
  } catch (const std::exception&) {
    return {};
  }
}

/// Where it cannot be kept, the next start asks again.
void keep(const fs::path& folder, const Identity& identity, const QemuAbilities& qemu) {
  try {
    if (!make_private_folder(folder).empty()) return;
    write_file(folder / identity.file, to_text(qemu, identity), 0600);
  } catch (const Error&) {
    return;
  }
}

/// Whether it has answered.
bool ask(const std::string& path, QemuQuestion question, Programs& programs, QemuAbilities& qemu) {
  const std::vector<std::string> arguments = arguments_of(question);
  std::vector<std::string> argv{path};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  try {
    const ProgramResult answer = programs.run(argv, time_to_answer);
    if (answer.end == ProgramEnd::exited && answer.status == status_of(question)) {
      take_answer(qemu, question, answer.output, answer.errors);
      if (is_answered(qemu, question)) return true;
    }
    qemu.unknown_because =
        answer.end == ProgramEnd::timed_out
            ? fmt::format("it did not answer within {} s", time_to_answer.count())
            : failure_text(fmt::format("{}", fmt::join(arguments, " ")), answer);
  } catch (const Error& error) {
    qemu.unknown_because = error.what();
  }
  return false;
}

}  // namespace

QemuAbilities ask_qemu(const std::string& path, const std::set<QemuQuestion>& questions,
                       Programs& programs, const AnswersFolder& kept) {
  const std::optional<Identity> before = identity_of(path);
  QemuAbilities qemu = before ? read_kept(kept.path, *before) : QemuAbilities{};
  bool is_new = false;
  for (const QemuQuestion question : questions) {
    if (is_answered(qemu, question)) continue;
    is_new = ask(path, question, programs, qemu) || is_new;
  }
  // Not of a file that was replaced while it was asked.
  if (is_new && kept.may_write && before && identity_of(path) == before)
    keep(kept.path, *before, qemu);
  return qemu;
}

}  // namespace xenlaunch
