#pragma once

#include <string>

#include "base/exit_code.h"

namespace xenlaunch {

/// A library that only some commands need: linked, each start of each VM would pay for binding it
/// and what it brings along. It stays loaded until the program ends, since its functions are in use
/// until then.
class SharedLibrary {
 public:
  /// `name` as the loader knows it, "libpci.so.3". Throws Error (`code`), which names the Debian
  /// package `package`, where it cannot be loaded.
  SharedLibrary(std::string name, const std::string& package, ExitCode code);

  /// Sets `function` to the one called `name`, of the library or of those that it is linked with.
  /// Throws Error where there is none.
  template <class Function>
  void find(Function& function, const char* name) const {
    function = reinterpret_cast<Function>(symbol(name));
  }

 private:
  void* symbol(const char* name) const;

  std::string name_;
  ExitCode code_;
  void* handle_;
};

}  // namespace xenlaunch
