#include "launcher/cli/printable_output.h"

#include <ostream>
#include <string_view>

#include "base/text.h"

namespace xenlaunch {

std::streambuf::int_type PrintableOutput::overflow(int_type character) {
  if (traits_type::eq_int_type(character, traits_type::eof()))
    return traits_type::not_eof(character);
  const char one = traits_type::to_char_type(character);
  return xsputn(&one, 1) == 1 ? character : traits_type::eof();
}

std::streamsize PrintableOutput::xsputn(const char* text, std::streamsize size) {
  waiting_.append(text, static_cast<std::size_t>(size));
  return pass_on(/*all=*/false) ? size : 0;
}

int PrintableOutput::sync() {
  return pass_on(/*all=*/true) && out_.flush() ? 0 : -1;
}

bool PrintableOutput::pass_on(bool all) {
  std::string_view rest = waiting_;
  while (!rest.empty()) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos && !all) break;
    out_ << printable(rest.substr(0, end));
    if (end != std::string_view::npos) out_ << '\n';
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  waiting_.erase(0, waiting_.size() - rest.size());
  return out_.good();
}

}  // namespace xenlaunch
