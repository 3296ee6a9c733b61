#pragma once

#include <optional>
#include <string>

#include "launcher/boot/boot_config.h"

namespace xenlaunch {

/// The words of both command lines that a change of the display edits.
struct ConsoleWords {
  std::string xen;          ///< "console=com1,vga"
  std::string dom0;         ///< "console=hvc0 console=tty0"
  std::string initcalls{};  ///< dom0's too: "initcall_blacklist=sysfb_init"
  friend bool operator==(const ConsoleWords&, const ConsoleWords&) = default;
};

/// XenServer's and XCP-ng's xen-cmdline, which edits the command lines of the default boot entry,
/// one at a time. Of the lines only the words that matter here are read.
class XenCmdlineBootConfig final : public BootConfig {
 public:
  /// `record` is the file that keeps the consoles of before a change.
  XenCmdlineBootConfig(std::string program, std::filesystem::path record, Programs& programs)
      : program_{std::move(program)}, record_{std::move(record)}, programs_{programs} {}

  BootLines next_boot() override;
  void recover(Progress& progress) override;
  void change(const BootChange& change, Progress& progress) override;

 private:
  struct Record {
    std::optional<ConsoleWords> original;  ///< what disabling the display took away
    std::optional<ConsoleWords> disabled;  ///< what it left: others may have edited that since
    /// A change of both lines that has begun: between these two, each of which is whole.
    std::optional<ConsoleWords> from, to;
  };
  std::string ask(const std::string& option, const std::string& key);
  void tell(const std::string& option, const std::string& words);
  ConsoleWords consoles();
  void write_consoles(const ConsoleWords& words);
  /// Both lines or none of them; `after` is the record of when it is done.
  void set_consoles(const ConsoleWords& to, Record after);
  void disable_display();
  void enable_display();
  void change_hidden(const BootChange& change);
  Record read_record() const;
  void write_record(const Record& record);

  std::string program_;
  std::filesystem::path record_;
  Programs& programs_;
};

}  // namespace xenlaunch
