#include "launcher/host/backend_drivers.h"

#include "launcher/host/sysfs.h"

namespace xenlaunch {

bool serves_backends(const std::filesystem::path& root, const std::string& kind) {
  if (is_present(root / "sys/bus/xen-backend/drivers" / kind)) return true;
  if (!is_present(root / "run/udev/control")) return false;
  const std::string release = read_text(root / "proc/sys/kernel/osrelease").value_or("");
  const std::string aliases =
      read_if_readable(root / "lib/modules" / release / "modules.alias").value_or("");
  return ("\n" + aliases).find("\nalias xen-backend:" + kind + " ") != std::string::npos;
}

}  // namespace xenlaunch
