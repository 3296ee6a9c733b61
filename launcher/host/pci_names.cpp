// libpci brings zlib and udev's library along. Linked, each start of each VM would pay for them,
// and the names are only told to people: so it is loaded by the commands that tell them.
#include "launcher/host/pci_names.h"

extern "C" {
#include <pci/pci.h>
}

#include <array>
#include <cstdlib>
#include <memory>

#include "base/exit_code.h"
#include "base/shared_library.h"

namespace xenlaunch {
namespace {

constexpr int no_numbers = PCI_LOOKUP_NO_NUMBERS;

// Not [[noreturn]], which is no part of a function's type for clang: libpci's pointer asks for one.
__attribute__((noreturn)) void no_memory(char* /*message*/, ...) {
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

Functions load() {
  const SharedLibrary library{"libpci.so.3", "libpci3", ExitCode::host};
  Functions functions{};
  library.find(functions.alloc, "pci_alloc");
  library.find(functions.cleanup, "pci_cleanup");
  library.find(functions.set_param, "pci_set_param");
  library.find(functions.lookup_name, "pci_lookup_name");
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
