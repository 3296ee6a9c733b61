#include "launcher/xen/domains.h"

namespace xenlaunch {

std::uint64_t paging_pool_kib(const DomainSpec& spec) {
  return 4 * (256 * std::uint64_t{spec.vcpus} + 2 * spec.memory_mib);
}

}  // namespace xenlaunch
