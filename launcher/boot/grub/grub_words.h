#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// A piece of GRUB script (grub-core/script/yylex.l of GRUB).
struct GrubToken {
  enum class Kind { word, end_of_command, open, close };
  Kind kind{};
  std::string_view text;  ///< of a word: as written, quotes and variables and all
  std::size_t match{};    ///< of `open`: where its `close` is; no such token where it has none
};

/// The tokens refer to `text`.
std::vector<GrubToken> grub_tokens(std::string_view text);

/// GRUB's variables. Unknown ones are empty, those named feature_… are "y".
class GrubVariables {
 public:
  std::string get(const std::string& name) const;
  void set(const std::string& name, std::string value) { all_[name].value = std::move(value); }
  void unset(const std::string& name) { all_.erase(name); }
  void export_to_submenus(const std::string& name) { all_[name].exported = true; }
  /// What a submenu starts with (grub_env_new_context of grub-core/normal/context.c).
  void keep_exported();

  /// Takes `size` bytes of what running the whole text may go through. Throws Error
  /// (ExitCode::host) where a hostile text goes through ever more.
  void take_room(std::size_t size);

  /// The words that `token` becomes: none where it is an unknown variable, more where it is one
  /// that holds spaces. Throws Error (ExitCode::host) where the variables of a hostile text make
  /// ever more of it.
  void expand(const GrubToken& token, std::vector<std::string>& words);

 private:
  struct Variable {
    std::string value;
    bool exported = false;
  };
  std::map<std::string, Variable> all_;
  std::size_t room_ = 64 << 20;  ///< bytes that all expansions and readings together may still take
};

/// The words as GRUB gives them to a kernel, which sees one line (grub-core/lib/cmdline.c).
std::string loader_line(const std::vector<std::string>& words);

/// Calls `set` for each variable of the text of a grubenv, nothing where it is none
/// (grub-core/lib/envblk.c).
void read_grubenv(
    std::string_view grubenv,
    const std::function<void(const std::string& name, const std::string& value)>& set);

}  // namespace xenlaunch
