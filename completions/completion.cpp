#include "completions/completion.h"

#include <array>
#include <stdexcept>
#include <utility>

#include "base/paths.h"

namespace xenlaunch {
namespace {

void replace(std::string& text, std::string_view placeholder, std::string_view by) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += by.size())
    text.replace(at, placeholder.size(), by);
}

}  // namespace

std::string completion(std::string_view shell, std::string text) {
  using Render = std::string (*)(const std::vector<ShellCommand>&);
  constexpr std::array<std::pair<std::string_view, Render>, 3> shells{
      {{"bash", bash_commands}, {"zsh", zsh_commands}, {"fish", fish_commands}}};
  for (const auto& [name, render] : shells) {
    if (name != shell) continue;
    replace(text, "@COMMANDS@\n", render(shell_commands()));
    replace(text, "@STATE@", Directories{}.state.string());
    replace(text, "@LOGS@", Directories{}.logs.string());
    return text;
  }
  throw std::invalid_argument{"no completion is made for the shell '" + std::string{shell} + "'"};
}

}  // namespace xenlaunch
