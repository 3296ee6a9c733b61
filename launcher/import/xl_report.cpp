#include "launcher/import/xl_report.h"

#include <cstdlib>

#include "base/error.h"
#include "base/text.h"

namespace xenlaunch {

XlConfig::XlConfig(const std::string& name) {
  report_ = ::open_memstream(&text_, &size_);
  if (report_ != nullptr) config_ = xl_.cfg_init(report_, name.c_str());
  if (config_ != nullptr) return;
  if (report_ != nullptr) std::fclose(report_);
  std::free(text_);
  throw Error{ExitCode::internal, "read " + name, "memory is short"};
}

XlConfig::~XlConfig() {
  xl_.cfg_destroy(config_);
  std::fclose(report_);
  std::free(text_);
}

std::string XlConfig::said() {
  std::fflush(report_);
  const std::string_view all{text_, size_};
  std::string lines;
  for (std::string_view rest = all.substr(taken_); !rest.empty();) {
    const std::string_view line = rest.substr(0, rest.find('\n'));
    if (!line.empty()) lines += (lines.empty() ? "" : "\n") + printable(line);
    rest.remove_prefix(std::min(line.size() + 1, rest.size()));
  }
  taken_ = all.size();
  return lines;
}

}  // namespace xenlaunch
