#pragma once

#include <string>

#include "launcher/import/xl_functions.h"

namespace xenlaunch {

/// A configuration of libxlutil together with what it says of it.
class XlConfig {
 public:
  /// `name` stands before each message. Throws Error (ExitCode::internal) where memory is short.
  explicit XlConfig(const std::string& name);
  XlConfig(const XlConfig&) = delete;
  XlConfig& operator=(const XlConfig&) = delete;
  ~XlConfig();

  XLU_Config* get() const { return config_; }

  /// What was said since the last call: printable lines, the last without its end.
  std::string said();

 private:
  const XlFunctions& xl_ = xl_functions();
  char* text_ = nullptr;
  std::size_t size_ = 0;
  std::size_t taken_ = 0;
  std::FILE* report_ = nullptr;
  XLU_Config* config_ = nullptr;
};

}  // namespace xenlaunch
