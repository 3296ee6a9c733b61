#pragma once

// The one place that includes Xen's C headers: they have no extern "C" guards of their own, and
// they need GNU extensions, which only this folder's target switches on. xenctrl.h comes first: the
// others rely on it.
extern "C" {
#define XC_WANT_COMPAT_MAP_FOREIGN_API 1  // xc_map_foreign_range
#include <xenctrl.h>

#include <xenguest.h>

#include <xen/hvm/e820.h>
#include <xen/hvm/hvm_info_table.h>
#include <xen/hvm/params.h>
}

namespace xenlaunch {

/// Of the Xen that we are built for, by the number of its domctl interface: 4.19 made the PIRQs of
/// a guest optional, and altp2m a part of its creation (emulation_flags_ok of
/// xen/arch/x86/domain.c, altp2m_opts of xen/include/public/domctl.h).
inline constexpr bool chooses_at_create = XEN_DOMCTL_INTERFACE_VERSION >= 0x17;

}  // namespace xenlaunch
