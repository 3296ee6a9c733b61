#include "launcher/xen/hypervisor.h"

#include <charconv>

namespace xenlaunch {

std::optional<Domid> parse_domid(std::string_view text) {
  Domid domid = 0;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(text.data(), end, domid);
  if (error != std::errc{} || stop != end) return std::nullopt;
  return domid;
}

std::uint64_t paging_pool_kib(const DomainSpec& spec) {
  return 4 * (256 * std::uint64_t{spec.vcpus} + 2 * spec.memory_mib);
}

}  // namespace xenlaunch
