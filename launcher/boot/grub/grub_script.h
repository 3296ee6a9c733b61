#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/boot/grub/grub_words.h"

namespace xenlaunch {

/// A run of tokens: from the first to behind the last.
struct GrubBlock {
  std::size_t begin{}, end{};
};

struct GrubMenuEntry {
  std::string title;
  std::string id;  ///< the title where it has none of its own
  bool submenu = false;
  GrubBlock body;
};

/// Runs GRUB script as far as it decides what boots: assignments, `if` over strings and variables,
/// load_env, and the definition of menu entries. What depends on the machine (files, keys, what
/// other commands achieve) counts as false; functions and loops are not run.
class GrubScript {
 public:
  /// `text` has to outlive the script.
  GrubScript(std::string_view text, std::string grubenv)
      : tokens_{grub_tokens(text)}, grubenv_{std::move(grubenv)} {
    // The text does not tell, and grub-mkconfig's texts differ by it in nothing that matters here.
    variables_.set("grub_platform", "pc");
    variables_.export_to_submenus("grub_platform");
  }

  GrubBlock whole() const { return {0, tokens_.size()}; }
  GrubVariables& variables() { return variables_; }

  using Command = std::vector<std::string>;
  /// Runs the block; returns the entries that it defines and gives the commands that mean nothing
  /// here to `other`.
  std::vector<GrubMenuEntry> run(
      const GrubBlock& block,
      const std::function<void(const Command&)>& other = [](const Command&) {});

 private:
  class Run;
  bool test(const Command& command) const;

  std::vector<GrubToken> tokens_;
  std::string grubenv_;
  GrubVariables variables_;
};

}  // namespace xenlaunch
