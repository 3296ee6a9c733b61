#include "base/shared_library.h"

#include <dlfcn.h>

#include <utility>

#include "base/error.h"

namespace xenlaunch {

SharedLibrary::SharedLibrary(std::string name, const std::string& package, ExitCode code)
    : name_{std::move(name)},
      code_{code},
      handle_{::dlopen(name_.c_str(), RTLD_LAZY | RTLD_LOCAL)} {
  if (handle_ != nullptr) return;
  const char* reason = ::dlerror();
  throw Error{code_, "load " + name_,
              std::string{reason == nullptr ? "the loader does not say why" : reason} +
                  "; the package " + package + " has it"};
}

void* SharedLibrary::symbol(const char* name) const {
  void* const found = ::dlsym(handle_, name);
  if (found == nullptr) throw Error{code_, "use " + name_, std::string{"it has no "} + name};
  return found;
}

}  // namespace xenlaunch
