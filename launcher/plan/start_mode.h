#pragma once

namespace xenlaunch {

/// What a start is asked for beside its VM file.
struct StartMode {
  bool attach = false;        ///< to a domain that a toolstack has built and left paused
  bool leave_paused = false;  ///< somebody else lets the guest run
  bool take_over = false;  ///< the guest runs already: what has been unplugged since is no reason
                           ///< to leave it alone
};

}  // namespace xenlaunch
