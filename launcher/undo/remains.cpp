#include "launcher/undo/remains.h"

namespace xenlaunch {

std::optional<JournalContent> read_remains(const StateFolder& folder, const std::string& vm,
                                           Progress& progress) {
  if (const std::optional<std::string> text = folder.read_journal()) {
    const JournalContent content = parse_journal(*text, folder.journal().string(), vm, boot_id());
    if (content.torn)
      progress.warning(
          "the last line of " + folder.journal().string() +
          " was cut off, as a launcher that is killed leaves it; it told of nothing that "
          "was done");
    if (!content.entries.empty()) return content;
  }
  folder.remove();  // killed before it had begun
  return std::nullopt;
}

}  // namespace xenlaunch
