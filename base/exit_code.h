#pragma once

namespace xenlaunch {

/// The program's exit status: one cause per number. Toolstacks rely on these.
enum class ExitCode : int {
  done = 0,
  internal = 1,
  usage = 2,
  vm_file = 3,
  host = 4,  ///< sysfs, boot configuration, device not available, lock
  xen = 5,   ///< libxenctrl, libxenguest
  xenstore = 6,
  device_model = 7,
  host_left_changed = 8,  ///< something taken could not be given back; wins over every other status
  guest_rebooted = 32,    ///< the guest asked for a reboot and on_reboot is destroy
  guest_crashed = 33,
  interrupted = 130,  ///< SIGINT or SIGTERM came before the guest ran; all was given back
};

}  // namespace xenlaunch
