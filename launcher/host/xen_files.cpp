#include "launcher/host/xen_files.h"

#include "launcher/host/sysfs.h"

namespace xenlaunch {

XenVersion read_xen_version(const std::filesystem::path& root) {
  const std::filesystem::path version = root / "sys/hypervisor/version";
  const auto major_number = read_if_readable(version / "major");
  const auto minor_number = read_if_readable(version / "minor");
  if (!major_number || !minor_number) return xen_built_for();
  return parse_xen_version(major_number->substr(0, major_number->find('\n')) + "." + *minor_number)
      .value_or(xen_built_for());
}

std::string hvmloader_of(const XenVersion& xen, const std::filesystem::path& root) {
  const std::string debians = "/usr/lib/xen-" + xen.to_string() + "/boot/hvmloader";
  for (const std::string& path : {debians, std::string{"/usr/lib/xen/boot/hvmloader"},
                                  std::string{"/usr/libexec/xen/boot/hvmloader"}})
    if (is_present(root / path.substr(1))) return path;
  return debians;
}

}  // namespace xenlaunch
