// libxlutil brings libxl along, and with it a dozen libraries that the launcher has no use for:
// linked, each start of each VM would pay for binding them. So it is loaded by the one command that
// asks it. Debian's package of the launcher depends on the one that has it.
#include "launcher/import/xl_functions.h"

#include <string>

#include "base/exit_code.h"
#include "base/shared_library.h"
#include "base/version.h"

namespace xenlaunch {
namespace {

void find_parsers(const SharedLibrary& xl, XlFunctions& f) {
  xl.find(f.cfg_init, "xlu_cfg_init");
  xl.find(f.cfg_destroy, "xlu_cfg_destroy");
  xl.find(f.cfg_readdata, "xlu_cfg_readdata");
  xl.find(f.cfg_get_string, "xlu_cfg_get_string");
  xl.find(f.cfg_get_long, "xlu_cfg_get_long");
  xl.find(f.cfg_get_list, "xlu_cfg_get_list");
  xl.find(f.cfg_get_listitem, "xlu_cfg_get_listitem2");
  xl.find(f.cfg_value_type, "xlu_cfg_value_type");
  xl.find(f.cfg_value_get_string, "xlu_cfg_value_get_string");
  xl.find(f.cfg_value_get_list, "xlu_cfg_value_get_list");
  xl.find(f.disk_parse, "xlu_disk_parse");
  xl.find(f.pci_parse, "xlu_pci_parse_spec_string");
  xl.find(f.vif_parse_rate, "xlu_vif_parse_rate");
  xl.find(f.rdm_parse, "xlu_rdm_parse");
}

void find_devices(const SharedLibrary& xl, XlFunctions& f) {
  xl.find(f.disk_init, "libxl_device_disk_init");
  xl.find(f.disk_dispose, "libxl_device_disk_dispose");
  xl.find(f.pci_init, "libxl_device_pci_init");
  xl.find(f.pci_dispose, "libxl_device_pci_dispose");
  xl.find(f.nic_init, "libxl_device_nic_init");
  xl.find(f.nic_dispose, "libxl_device_nic_dispose");
  xl.find(f.rdm_init, "libxl_rdm_reserve_init");
  xl.find(f.rdm_dispose, "libxl_rdm_reserve_dispose");
  xl.find(f.defbool_val, "libxl_defbool_val");
  xl.find(f.defbool_is_default, "libxl_defbool_is_default");
  xl.find(f.disk_format_to_string, "libxl_disk_format_to_string");
  xl.find(f.disk_backend_to_string, "libxl_disk_backend_to_string");
}

void find_words(const SharedLibrary& xl, XlFunctions& f) {
  xl.find(f.bios_from_string, "libxl_bios_type_from_string");
  xl.find(f.bios_to_string, "libxl_bios_type_to_string");
  xl.find(f.tsc_mode_from_string, "libxl_tsc_mode_from_string");
  xl.find(f.tsc_mode_to_string, "libxl_tsc_mode_to_string");
  xl.find(f.timer_mode_from_string, "libxl_timer_mode_from_string");
  xl.find(f.timer_mode_to_string, "libxl_timer_mode_to_string");
  xl.find(f.gfx_kind_from_string, "libxl_gfx_passthru_kind_from_string");
  xl.find(f.gfx_kind_to_string, "libxl_gfx_passthru_kind_to_string");
  xl.find(f.viridian_from_string, "libxl_viridian_enlightenment_from_string");
  xl.find(f.viridian_to_string, "libxl_viridian_enlightenment_to_string");
  xl.find(f.hdtype_from_string, "libxl_hdtype_from_string");
  xl.find(f.hdtype_to_string, "libxl_hdtype_to_string");
}

XlFunctions load() {
  // Of the Xen whose libraries the program is linked with.
  const SharedLibrary xl{std::string{"libxlutil.so."} + built_for_xen,
                         std::string{"libxenmisc"} + built_for_xen, ExitCode::xen};
  XlFunctions functions{};
  find_parsers(xl, functions);
  find_devices(xl, functions);
  find_words(xl, functions);
  return functions;
}

}  // namespace

const XlFunctions& xl_functions() {
  static const XlFunctions functions = load();
  return functions;
}

}  // namespace xenlaunch
