#include "launcher/xen/xc_brokered_calls.h"

#include <cerrno>
#include <memory>

#include "launcher/xen/xc_handle.h"

namespace xenlaunch {
namespace {

/// Its arguments are narrowed as libxenctrl's prototypes have them.
int call(xc_interface* xc, const BrokeredCall& call, int& pirq) {
  const auto at = [&call](std::size_t i) { return call.arguments[i]; };
  const auto number = [&at](std::size_t i) { return static_cast<int>(at(i)); };
  const auto word = [&at](std::size_t i) { return static_cast<std::uint32_t>(at(i)); };
  const auto byte = [&at](std::size_t i) { return static_cast<std::uint8_t>(at(i)); };
  const Domid domid = call.domid;
  switch (call.function) {
    case BrokeredFunction::map_pirq:
      pirq = number(1);
      return xc_physdev_map_pirq(xc, domid, number(0), &pirq);
    case BrokeredFunction::map_pirq_msi:
      pirq = number(1);
      return xc_physdev_map_pirq_msi(xc, domid, number(0), &pirq, number(2), number(3), number(4),
                                     at(5));
    case BrokeredFunction::unmap_pirq:
      return xc_physdev_unmap_pirq(xc, domid, number(0));
    case BrokeredFunction::bind_pci_irq:
      return xc_domain_bind_pt_pci_irq(xc, domid, byte(0), byte(1), byte(2), byte(3));
    case BrokeredFunction::unbind_irq:
      return xc_domain_unbind_pt_irq(xc, domid, byte(0), byte(1), byte(2), byte(3), byte(4),
                                     byte(5));
    case BrokeredFunction::update_msi_irq:
      return xc_domain_update_msi_irq(xc, domid, word(0), word(1), word(2), at(3));
    case BrokeredFunction::unbind_msi_irq:
      return xc_domain_unbind_msi_irq(xc, domid, word(0), word(1), word(2));
    case BrokeredFunction::map_memory:
      return xc_domain_memory_mapping(xc, domid, at(0), at(1), at(2), word(3));
    case BrokeredFunction::map_ports:
      return xc_domain_ioport_mapping(xc, domid, word(0), word(1), word(2), word(3));
  }
  errno = ENOSYS;
  return -1;
}

}  // namespace

MakeBrokeredCall make_xc_brokered_calls() {
  return [xc = std::make_shared<XcHandle>()](const BrokeredCall& asked) {
    BrokeredAnswer answer;
    answer.result = call(xc->get(), asked, answer.pirq);
    if (answer.result < 0) answer.error = errno;
    return answer;
  };
}

}  // namespace xenlaunch
