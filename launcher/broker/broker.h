#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "launcher/broker/broker_rules.h"
#include "launcher/xen/xc_brokered_calls.h"

namespace xenlaunch {

/// Answers what is asked over `socket` until the other side hangs up, or reads no answers. A call
/// that is refused fails with EPERM; the first of them are told in `log`, a line each. Returns
/// whether it has hung up.
bool serve_broker(int socket, BrokerState& state, const MakeBrokeredCall& make, std::ostream& log);

/// The whole broker of a QEMU: a process beside it (broker_word) that may do what a restricted
/// QEMU may not, and does it for the passed devices alone. It ends with QEMU. With the rules as its
/// arguments, and the socket as its stdin. Returns an exit status.
int run_broker(const std::vector<std::string>& words, std::ostream& log);

}  // namespace xenlaunch
