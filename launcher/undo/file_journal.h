#pragma once

#include <filesystem>
#include <map>
#include <string>

#include "base/file_descriptor.h"
#include "launcher/undo/journal.h"
#include "launcher/undo/journal_content.h"

namespace xenlaunch {

/// The Journal as a file: one JSON object a line, each written by one write(2), so that a launcher
/// that is killed leaves whole lines but for, at the worst, the last. It lies in memory (/run):
/// what it tells of is gone with the power as well.
class FileJournal final : public Journal {
 public:
  /// A file that has grown beyond this is written anew with what still counts, or a guest that
  /// reboots for ever would fill /run.
  static constexpr std::size_t usual_max_bytes = std::size_t{128} << 10;

  /// Makes the file `path` anew.
  FileJournal(const std::filesystem::path& path, const JournalHeader& header,
              std::size_t max_bytes = usual_max_bytes);
  /// Goes on with what another launcher has written: `content` is what is in it.
  FileJournal(const std::filesystem::path& path, const JournalContent& content,
              std::size_t max_bytes = usual_max_bytes);

  std::size_t begin(const std::string& action, const Undo& undo) override;
  void done(std::size_t number) override;
  void failed(std::size_t number) override;
  void undoing(std::size_t number) override;
  void undone(std::size_t number) override;
  void not_undone(std::size_t number, const std::string& reason) override;
  void domain(std::optional<std::uint32_t> domid) override;
  void state(VmState state) override;

 private:
  void append(const std::string& line);
  void write_anew();

  std::filesystem::path path_;
  std::size_t max_bytes_;
  JournalContent content_;  ///< what a reader would find
  FileDescriptor file_;
  std::size_t bytes_ = 0;
};

}  // namespace xenlaunch
