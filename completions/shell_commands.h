#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/names.h"

namespace xenlaunch {

/// What a shell offers for a word. A log is there though its VM may have ended.
enum class Offer { nothing, words, file, folder, vm_file, vm_name, log_name, bdf };

/// As the templates of the shells call them.
inline constexpr Names<Offer, 8> offer_names{{{Offer::nothing, "nothing"},
                                              {Offer::words, "words"},
                                              {Offer::file, "file"},
                                              {Offer::folder, "folder"},
                                              {Offer::vm_file, "vm_file"},
                                              {Offer::vm_name, "vm_name"},
                                              {Offer::log_name, "log_name"},
                                              {Offer::bdf, "bdf"}}};

struct ShellValue {
  Offer offer = Offer::nothing;
  std::string called;                ///< "SECONDS"
  std::vector<std::string> words{};  ///< for Offer::words
  friend bool operator==(const ShellValue&, const ShellValue&) = default;
};

struct ShellOption {
  std::vector<std::string> names;  ///< "-q", "--quiet"
  std::string help;
  std::optional<ShellValue> value{};
  friend bool operator==(const ShellOption&, const ShellOption&) = default;
};

/// A command, a group of commands ("pci"), or the program itself ("").
struct ShellCommand {
  std::string name;  ///< all its words: "pci list"
  std::string help;
  std::vector<std::string> commands{};  ///< of a group: the next word of each of its commands
  std::vector<ShellOption> options{};
  std::vector<ShellValue> arguments{};
  friend bool operator==(const ShellCommand&, const ShellCommand&) = default;
};

/// All there is to complete: the program first, a group before its commands.
std::vector<ShellCommand> shell_commands();

}  // namespace xenlaunch
