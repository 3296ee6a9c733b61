// libpci brings zlib and udev's library along. Linked, each start of each VM would pay for them,
// and the names are only told to people: so it is loaded by the commands that tell them.
#include "launcher/host/pci_names.h"

extern "C" {
#include <pci/pci.h>
}

#include <dlfcn.h>

#include <array>
#include <cstdlib>
#include <memory>

#include "base/error.h"

namespace xenlaunch {
namespace {

constexpr const char* library = "libpci.so.3";
constexpr int no_numbers = PCI_LOOKUP_NO_NUMBERS;

[[noreturn]] void no_memory(char* /*message*/, ...) {
  std::abort();
}
void ignore(char* /*message*/, ...) {}

std::string text_of(const char* name) {
  return name != nullptr ? name : "";
}

struct Functions {
  decltype(&::pci_alloc) alloc;
  decltype(&::pci_cleanup) cleanup;
  decltype(&::pci_set_param) set_param;
  decltype(&::pci_lookup_name) lookup_name;
};

void* open_library() {
  if (void* handle = ::dlopen(library, RTLD_LAZY | RTLD_LOCAL)) return handle;
  const char* reason = ::dlerror();
  throw Error{ExitCode::host, std::string{"load "} + library,
              std::string{reason == nullptr ? "the loader does not say why" : reason} +
                  "; the package libpci3 has it"};
}

template <class Function>
void find(void* handle, Function& function, const char* name) {
  void* const symbol = ::dlsym(handle, name);
  if (symbol == nullptr)
    throw Error{ExitCode::host, std::string{"use "} + library, std::string{"it has no "} + name};
  function = reinterpret_cast<Function>(symbol);
}

Functions load() {
  void* const handle = open_library();  // stays until the program ends
  Functions functions{};
  find(handle, functions.alloc, "pci_alloc");
  find(handle, functions.cleanup, "pci_cleanup");
  find(handle, functions.set_param, "pci_set_param");
  find(handle, functions.lookup_name, "pci_lookup_name");
  return functions;
}

const Functions& libpci() {
  static const Functions functions = load();
  return functions;
}

}  // namespace

struct PciNameList::Library {
  // Not initialised for a bus: only its list of names is used.
  std::unique_ptr<pci_access, decltype(&::pci_cleanup)> access{libpci().alloc(), libpci().cleanup};
};

PciNameList::PciNameList() : library_{std::make_unique<Library>()} {
  pci_access* access = library_->access.get();
  // For an id without a name it calls these, which only pci_init() sets, and that looks for a bus.
  access->error = &no_memory;
  access->warning = &ignore;
  access->debug = &ignore;
  // udev's copy of pci.ids: libpci 3.9 leaks a handle to it where it is missing.
  std::string key = "hwdb.disable";
  std::string value = "1";
  libpci().set_param(access, key.data(), value.data());
}

PciNameList::~PciNameList() = default;

PciNames PciNameList::names(const PciId& id) {
  pci_access* access = library_->access.get();
  std::array<char, 256> vendor{};
  std::array<char, 256> device{};
  return {.vendor = text_of(libpci().lookup_name(access, vendor.data(), vendor.size(),
                                                 PCI_LOOKUP_VENDOR | no_numbers, id.vendor)),
          .device =
              text_of(libpci().lookup_name(access, device.data(), device.size(),
                                           PCI_LOOKUP_DEVICE | no_numbers, id.vendor, id.device))};
}

}  // namespace xenlaunch
