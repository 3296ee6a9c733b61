#include "launcher/import/import.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "base/error.h"
#include "base/text.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"
#include "launcher/import/xl_file.h"

namespace xenlaunch {
namespace {

const char* word_of(KeyOutcome outcome) {
  switch (outcome) {
    case KeyOutcome::converted:
      return "converted";
    case KeyOutcome::dropped:
      return "dropped";
    case KeyOutcome::refused:
      return "refused";
  }
  return "";
}

/// "VM.cfg:12: acpi: dropped: …", as compilers do; "dropped" where nothing is lost, "lost" else.
std::string line_of(const KeyReport& key, const std::string& file) {
  const bool lost = key.outcome == KeyOutcome::dropped && key.lost;
  return fmt::format("{}:{} {}{}{}{}{}", printable(file),
                     key.line == 0 ? "" : fmt::format("{}:", key.line), key.key,
                     key.key.empty() ? "" : ": ", lost ? "lost" : word_of(key.outcome),
                     key.reason.empty() ? "" : ": ", key.reason);
}

std::string as_json(const std::vector<KeyReport>& keys) {
  nlohmann::ordered_json document = nlohmann::ordered_json::array();
  for (const KeyReport& key : keys) {
    nlohmann::ordered_json one{{"key", nullptr},
                               {"line", nullptr},
                               {"outcome", word_of(key.outcome)},
                               {"lost", key.lost},
                               {"reason", key.reason}};
    if (!key.key.empty()) one["key"] = key.key;
    if (key.line != 0) one["line"] = key.line;
    document.push_back(std::move(one));
  }
  return json_text(document);
}

/// What stands in the way of a VM file, or is not in it.
void tell(const std::vector<KeyReport>& keys, const std::string& file, Progress& progress) {
  for (const KeyReport& key : keys) {
    if (key.lost) {
      progress.warning(line_of(key, file));
    } else if (key.outcome == KeyOutcome::dropped) {
      progress.info(line_of(key, file));
    }
  }
}

std::string report(const Options& options, const std::vector<KeyReport>& keys) {
  if (options.json) return as_json(keys);
  std::string lines;
  for (const KeyReport& key : keys) lines += line_of(key, options.xl_file) + "\n";
  return lines;
}

}  // namespace

ExitCode import_command(const Options& options, const ThisHost& /*host*/, std::ostream& out,
                        Progress& progress) {
  const Imported imported = import_xl_file(read_xl_file_text(options.xl_file), options.xl_file);
  if (options.check_import || options.json) {
    out << report(options, imported.keys);
  } else {
    tell(imported.keys, options.xl_file, progress);
    out << imported.vm_file;
    if (imported.vm_file.empty())
      throw Error{ExitCode::vm_file, "make a VM file of " + printable(options.xl_file),
                  "what is refused above has to be changed or taken out first"};
  }
  return imported.lossless ? ExitCode::done : ExitCode::vm_file;
}

}  // namespace xenlaunch
