// Loaded into a QEMU that is restricted to its domain, in front of libxenctrl: what it asks Xen for
// its passed devices it asks our broker for instead. The prototypes are libxenctrl's own, so one
// that changes does not compile. It runs in QEMU, and uses nothing but the C library.
#include <pthread.h>
#include <sys/socket.h>

#include <cerrno>

#include "launcher/xen/brokered_call.h"

extern "C" {
#include <xenctrl.h>
}

namespace {

using xenlaunch::BrokeredAnswer;
using xenlaunch::BrokeredCall;
using xenlaunch::BrokeredFunction;

pthread_mutex_t one_at_a_time = PTHREAD_MUTEX_INITIALIZER;

BrokeredAnswer exchange(const BrokeredCall& call) {
  BrokeredAnswer answer{.result = -1, .error = EPIPE};
  pthread_mutex_lock(&one_at_a_time);
  ssize_t got = send(xenlaunch::brokers_file, &call, sizeof call, MSG_NOSIGNAL);
  while (got > 0) {
    got = recv(xenlaunch::brokers_file, &answer, sizeof answer, 0);
    if (got >= 0 || errno != EINTR) break;
    got = 1;
  }
  pthread_mutex_unlock(&one_at_a_time);
  return got == sizeof answer ? answer : BrokeredAnswer{.result = -1, .error = EPIPE};
}

int ask(BrokeredFunction function, std::uint32_t domid, const std::uint64_t (&arguments)[6],
        int* pirq = nullptr) {
  BrokeredCall call{.function = function, .domid = domid};
  for (int i = 0; i < 6; ++i) call.arguments[i] = arguments[i];
  const BrokeredAnswer answer = exchange(call);
  if (pirq != nullptr && answer.result >= 0) *pirq = answer.pirq;
  if (answer.result < 0) errno = answer.error;
  return answer.result;
}

std::uint64_t number(int value) {
  return static_cast<std::uint64_t>(value);
}

}  // namespace

#define EXPORTED __attribute__((visibility("default")))

extern "C" {

EXPORTED int xc_physdev_map_pirq(xc_interface* /*xch*/, uint32_t domid, int index, int* pirq) {
  return ask(BrokeredFunction::map_pirq, domid, {number(index), number(*pirq)}, pirq);
}

EXPORTED int xc_physdev_map_pirq_msi(xc_interface* /*xch*/, uint32_t domid, int index, int* pirq,
                                     int devfn, int bus, int entry_nr, uint64_t table_base) {
  return ask(BrokeredFunction::map_pirq_msi, domid,
             {number(index), number(*pirq), number(devfn), static_cast<std::uint32_t>(bus),
              number(entry_nr), table_base},
             pirq);
}

EXPORTED int xc_physdev_unmap_pirq(xc_interface* /*xch*/, uint32_t domid, int pirq) {
  return ask(BrokeredFunction::unmap_pirq, domid, {number(pirq)});
}

EXPORTED int xc_domain_bind_pt_pci_irq(xc_interface* /*xch*/, uint32_t domid, uint8_t machine_irq,
                                       uint8_t bus, uint8_t device, uint8_t intx) {
  return ask(BrokeredFunction::bind_pci_irq, domid, {machine_irq, bus, device, intx});
}

EXPORTED int xc_domain_unbind_pt_irq(xc_interface* /*xch*/, uint32_t domid, uint8_t machine_irq,
                                     uint8_t irq_type, uint8_t bus, uint8_t device, uint8_t intx,
                                     uint8_t isa_irq) {
  return ask(BrokeredFunction::unbind_irq, domid,
             {machine_irq, irq_type, bus, device, intx, isa_irq});
}

EXPORTED int xc_domain_update_msi_irq(xc_interface* /*xch*/, uint32_t domid, uint32_t gvec,
                                      uint32_t pirq, uint32_t gflags, uint64_t gtable) {
  return ask(BrokeredFunction::update_msi_irq, domid, {gvec, pirq, gflags, gtable});
}

EXPORTED int xc_domain_unbind_msi_irq(xc_interface* /*xch*/, uint32_t domid, uint32_t gvec,
                                      uint32_t pirq, uint32_t gflags) {
  return ask(BrokeredFunction::unbind_msi_irq, domid, {gvec, pirq, gflags});
}

EXPORTED int xc_domain_memory_mapping(xc_interface* /*xch*/, uint32_t domid,
                                      unsigned long first_gfn, unsigned long first_mfn,
                                      unsigned long nr_mfns, uint32_t add_mapping) {
  return ask(BrokeredFunction::map_memory, domid, {first_gfn, first_mfn, nr_mfns, add_mapping});
}

EXPORTED int xc_domain_ioport_mapping(xc_interface* /*xch*/, uint32_t domid, uint32_t first_gport,
                                      uint32_t first_mport, uint32_t nr_ports,
                                      uint32_t add_mapping) {
  return ask(BrokeredFunction::map_ports, domid, {first_gport, first_mport, nr_ports, add_mapping});
}
}
