#pragma once

#include <string>
#include <vector>

#include "launcher/host/boot/boot_config.h"

namespace xenlaunch {

/// The words of both command lines that a change of the display edits.
struct ConsoleWords {
  std::string xen;   ///< "console=com1,vga"
  std::string dom0;  ///< "console=hvc0 console=tty0"
  friend bool operator==(const ConsoleWords&, const ConsoleWords&) = default;
};

/// XenServer's and XCP-ng's xen-cmdline, which edits the command lines of the default boot entry,
/// one at a time. Of the lines only the words that matter here are read.
class XenCmdlineBootConfig final : public BootConfig {
 public:
  /// `record` is the file that keeps the consoles of before a change.
  XenCmdlineBootConfig(std::string program, std::filesystem::path record, Programs& programs)
      : program_{std::move(program)}, record_{std::move(record)}, programs_{programs} {}

  std::string name() const override { return "xen-cmdline"; }
  BootLines next_boot() override;
  void change(const BootChange& change, Progress& progress) override;

 private:
  struct Record {
    ConsoleWords before;
    ConsoleWords after;
  };
  std::string ask(const std::string& option, const std::string& key);
  void tell(const std::string& option, const std::string& words);
  ConsoleWords consoles();
  void set_hidden(const std::string& value);
  /// Both lines or none of them.
  void set_consoles(const ConsoleWords& from, const ConsoleWords& to);
  void write_consoles(const ConsoleWords& words);
  void change_display(bool enable);
  std::optional<Record> read_record() const;
  void finish_interrupted();

  std::string program_;
  std::filesystem::path record_;
  Programs& programs_;
};

}  // namespace xenlaunch
