#include "launcher/host/pci_names.h"

extern "C" {
#include <pci/pci.h>
}

#include <array>
#include <cstdlib>
#include <memory>

namespace xenlaunch {
namespace {

constexpr int no_numbers = PCI_LOOKUP_NO_NUMBERS;

[[noreturn]] void no_memory(char* /*message*/, ...) {
  std::abort();
}
void ignore(char* /*message*/, ...) {}

std::string text_of(const char* name) {
  return name != nullptr ? name : "";
}

}  // namespace

struct PciNameList::Library {
  // Not initialised for a bus: only its list of names is used.
  std::unique_ptr<pci_access, decltype(&pci_cleanup)> access{pci_alloc(), &pci_cleanup};
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
  pci_set_param(access, key.data(), value.data());
}

PciNameList::~PciNameList() = default;

PciNames PciNameList::names(const PciId& id) {
  pci_access* access = library_->access.get();
  std::array<char, 256> vendor{};
  std::array<char, 256> device{};
  return {.vendor = text_of(pci_lookup_name(access, vendor.data(), vendor.size(),
                                            PCI_LOOKUP_VENDOR | no_numbers, id.vendor)),
          .device = text_of(pci_lookup_name(access, device.data(), device.size(),
                                            PCI_LOOKUP_DEVICE | no_numbers, id.vendor, id.device))};
}

}  // namespace xenlaunch
