#pragma once

// The one place that includes Xen's header of the protocol. It has its errors only where those of
// <cerrno> are known.
#include <cerrno>

extern "C" {
#include <xen/io/xs_wire.h>
}
