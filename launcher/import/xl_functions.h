#pragma once

extern "C" {
#include <libxlutil.h>
}

// The one header here that knows libxlutil and libxl: for those .cpp files alone that ask them.

namespace xenlaunch {

/// What is called of libxlutil, and of libxl by way of it.
struct XlFunctions {
  decltype(&xlu_cfg_init) cfg_init;
  decltype(&xlu_cfg_destroy) cfg_destroy;
  decltype(&xlu_cfg_readdata) cfg_readdata;
  decltype(&xlu_cfg_get_string) cfg_get_string;
  decltype(&xlu_cfg_get_long) cfg_get_long;
  decltype(&xlu_cfg_get_list) cfg_get_list;
  decltype(&xlu_cfg_get_listitem2) cfg_get_listitem;
  decltype(&xlu_cfg_value_type) cfg_value_type;
  decltype(&xlu_cfg_value_get_string) cfg_value_get_string;
  decltype(&xlu_cfg_value_get_list) cfg_value_get_list;
  decltype(&xlu_disk_parse) disk_parse;
  decltype(&xlu_pci_parse_spec_string) pci_parse;
  decltype(&xlu_vif_parse_rate) vif_parse_rate;
  decltype(&xlu_rdm_parse) rdm_parse;
  decltype(&libxl_device_disk_init) disk_init;
  decltype(&libxl_device_disk_dispose) disk_dispose;
  decltype(&libxl_device_pci_init) pci_init;
  decltype(&libxl_device_pci_dispose) pci_dispose;
  decltype(&libxl_device_nic_init) nic_init;
  decltype(&libxl_device_nic_dispose) nic_dispose;
  decltype(&libxl_rdm_reserve_init) rdm_init;
  decltype(&libxl_rdm_reserve_dispose) rdm_dispose;
  decltype(&libxl_defbool_val) defbool_val;
  decltype(&libxl_defbool_is_default) defbool_is_default;
  decltype(&libxl_bios_type_from_string) bios_from_string;
  decltype(&libxl_bios_type_to_string) bios_to_string;
  decltype(&libxl_tsc_mode_from_string) tsc_mode_from_string;
  decltype(&libxl_tsc_mode_to_string) tsc_mode_to_string;
  decltype(&libxl_timer_mode_from_string) timer_mode_from_string;
  decltype(&libxl_timer_mode_to_string) timer_mode_to_string;
  decltype(&libxl_gfx_passthru_kind_from_string) gfx_kind_from_string;
  decltype(&libxl_gfx_passthru_kind_to_string) gfx_kind_to_string;
  decltype(&libxl_viridian_enlightenment_from_string) viridian_from_string;
  decltype(&libxl_viridian_enlightenment_to_string) viridian_to_string;
  decltype(&libxl_hdtype_from_string) hdtype_from_string;
  decltype(&libxl_hdtype_to_string) hdtype_to_string;
  decltype(&libxl_disk_format_to_string) disk_format_to_string;
  decltype(&libxl_disk_backend_to_string) disk_backend_to_string;
};

/// Loads libxlutil at the first call. Throws Error (ExitCode::xen) where it cannot be loaded.
const XlFunctions& xl_functions();

}  // namespace xenlaunch
