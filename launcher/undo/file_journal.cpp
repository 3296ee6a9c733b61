#include "launcher/undo/file_journal.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <tuple>

#include "base/error.h"
#include "launcher/host/durable_file.h"
#include "launcher/undo/state_folder.h"

namespace xenlaunch {

FileJournal::FileJournal(const std::filesystem::path& path, const JournalHeader& header,
                         std::size_t max_bytes)
    : FileJournal{path, JournalContent{.header = header, .boot = boot_id()}, max_bytes} {}

FileJournal::FileJournal(const std::filesystem::path& path, const JournalContent& content,
                         std::size_t max_bytes)
    : path_{path}, max_bytes_{max_bytes}, content_{content} {
  content_.torn = false;
  write_anew();
}

std::size_t FileJournal::begin(const std::string& action, const Undo& undo) {
  const std::size_t number = content_.next_number++;
  const auto entry = content_.entries.insert_or_assign(number, JournalContent::Entry{action, undo});
  append(begin_line(number, entry.first->second));
  return number;
}

void FileJournal::done(std::size_t number) {
  content_.done(number);
  append(mark_line("done", number));
}

void FileJournal::failed(std::size_t number) {
  content_.entries.erase(number);
  append(mark_line("failed", number));
}

void FileJournal::undoing(std::size_t number) {
  append(mark_line("undoing", number));
}

void FileJournal::undone(std::size_t number) {
  content_.entries.erase(number);
  append(mark_line("undone", number));
}

void FileJournal::not_undone(std::size_t number, const std::string& reason) {
  append(mark_line("not_undone", number, reason));
}

void FileJournal::domain(std::optional<std::uint32_t> domid) {
  content_.domid = domid;
  append(domain_line(domid));
}

void FileJournal::state(VmState state) {
  content_.state = state;
  append(state_line(state));
}

void FileJournal::append(const std::string& line) {
  if (bytes_ + line.size() + 1 > max_bytes_) return write_anew();
  const std::string text = line + "\n";
  ssize_t written = 0;
  do written = ::write(file_.get(), text.data(), text.size());
  while (written < 0 && errno == EINTR);
  if (written != static_cast<ssize_t>(text.size())) {
    const int reason = written < 0 ? errno : ENOSPC;
    // Half a line would make the next one unreadable, and with it the journal.
    std::ignore = ::ftruncate(file_.get(), static_cast<off_t>(bytes_));
    throw_errno(ExitCode::host, reason, "write to " + path_.string());
  }
  bytes_ += text.size();
}

void FileJournal::write_anew() {
  const std::string text = format_journal(content_);
  write_file(path_, text, 0600);  // by another name first, so that it is whole or the old one
  file_ = FileDescriptor{::open(path_.c_str(), O_WRONLY | O_APPEND | O_NOFOLLOW | O_CLOEXEC)};
  if (file_.get() < 0) throw_errno(ExitCode::host, errno, "open " + path_.string());
  bytes_ = text.size();
}

}  // namespace xenlaunch
