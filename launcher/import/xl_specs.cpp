#include "launcher/import/xl_specs.h"

#include <algorithm>
#include <cerrno>

#include "base/text.h"
#include "launcher/import/xl_report.h"

namespace xenlaunch {
namespace {

std::string or_empty(const char* text) {
  return text == nullptr ? "" : text;
}

std::optional<bool> said(const libxl_defbool& value) {
  if (xl_functions().defbool_is_default(value)) return std::nullopt;
  return xl_functions().defbool_val(value);
}

/// A structure of libxl's that ends with the scope.
template <class Struct>
class Filled {
 public:
  Filled(void (*init)(Struct*), void (*dispose)(Struct*)) : dispose_{dispose} { init(&value); }
  Filled(const Filled&) = delete;
  Filled& operator=(const Filled&) = delete;
  ~Filled() { dispose_(&value); }
  Struct value{};

 private:
  void (*dispose_)(Struct*);
};

constexpr std::size_t most_characters = 200;  // of a reason, which can repeat what it is about

/// The words that libxlutil puts around its reason are of no use without the file's line, which it
/// does not know here: "import: config parsing error in disk specification: REASON in `SPEC'".
std::string reason_in(const std::string& said, const std::string& otherwise) {
  if (said.empty()) return otherwise;
  const std::size_t where = said.find(" error in ");
  const std::size_t begin = where == said.npos ? said.npos : said.find(": ", where);
  const std::size_t end = said.rfind(" in `");
  const bool found = begin != said.npos && end != said.npos && begin < end;
  return excerpt(found ? said.substr(begin + 2, end - begin - 2) : said, most_characters);
}

/// libxlutil's own reader of an address goes astray where no dot stands behind two or three numbers
/// (parse_bdf in tools/libs/util/libxlu_pci.c uses a count that scanf has not set).
bool has_dot_behind_address(std::string_view text) {
  const std::size_t end = text.find_first_not_of("0123456789abcdefABCDEF:");
  return end != text.npos && text[end] == '.';
}

bool addresses_can_be_read(std::string_view spec) {
  bool first = true;
  while (!spec.empty() || first) {
    const std::string_view word = spec.substr(0, spec.find(','));
    const bool is_bdf = word.starts_with("bdf=");
    const bool positional = first && word.find('=') == word.npos;
    if ((is_bdf || positional) && !has_dot_behind_address(is_bdf ? word.substr(4) : word))
      return false;
    first = false;
    spec.remove_prefix(std::min(word.size() + 1, spec.size()));
  }
  return true;
}

template <class Enum>
std::optional<std::string> spelled(int (*from)(const char*, Enum*), const char* (*to)(Enum),
                                   const std::string& text) {
  Enum value{};
  if (from(text.c_str(), &value) != 0) return std::nullopt;
  return or_empty(to(value));
}

template <class Enum>
std::optional<std::string> named(const char* (*to)(Enum), long number) {
  const char* const name = number < -1 || number > 1000 ? nullptr : to(static_cast<Enum>(number));
  return name == nullptr ? std::nullopt : std::optional<std::string>{name};
}

}  // namespace

XlAnswer<XlDisk> xl_disk(const std::string& spec) {
  const XlFunctions& xl = xl_functions();
  XlConfig config{"import"};
  Filled<libxl_device_disk> disk{xl.disk_init, xl.disk_dispose};
  const char* const specs = spec.c_str();
  if (xl.disk_parse(config.get(), 1, &specs, &disk.value) != 0)
    return {.complaint = reason_in(config.said(), "libxlutil does not take it")};
  const libxl_device_disk& got = disk.value;
  return {.value = XlDisk{.image = or_empty(got.pdev_path),
                          .target = or_empty(got.vdev),
                          .format = or_empty(xl.disk_format_to_string(got.format)),
                          .backend = or_empty(xl.disk_backend_to_string(got.backend)),
                          .script = or_empty(got.script),
                          .backend_domain = or_empty(got.backend_domname),
                          .cdrom = got.is_cdrom != 0,
                          .writable = got.readwrite != 0,
                          .direct_io_safe = got.direct_io_safe,
                          .colo = said(got.colo_enable).value_or(false),
                          .virtio = got.specification == LIBXL_DISK_SPECIFICATION_VIRTIO,
                          .discard = said(got.discard_enable),
                          .trusted = said(got.trusted)}};
}

XlAnswer<XlPci> xl_pci(const std::string& spec, bool permissive) {
  const XlFunctions& xl = xl_functions();
  if (!addresses_can_be_read(spec)) return {.complaint = "there is no address as 01:00.0 in it"};
  XlConfig config{"import"};
  Filled<libxl_device_pci> pci{xl.pci_init, xl.pci_dispose};
  pci.value.permissive = permissive;
  if (xl.pci_parse(config.get(), &pci.value, spec.c_str()) != 0)
    return {.complaint = reason_in(config.said(), "libxlutil does not take it")};
  const libxl_device_pci& got = pci.value;
  XlPci found{.all_functions = got.vfunc_mask == LIBXL_PCI_FUNC_ALL,
              .permissive = got.permissive,
              .name = or_empty(got.name)};
  found.address = {.segment = static_cast<std::uint16_t>(got.domain),
                   .bus = got.bus,
                   .device = got.dev,
                   .function = got.func};
  if (got.vdevfn != 0) found.slot = got.vdevfn >> 3;
  if (got.rdm_policy != LIBXL_RDM_RESERVE_POLICY_INVALID)
    found.relaxed = got.rdm_policy == LIBXL_RDM_RESERVE_POLICY_RELAXED;
  return {.value = found};
}

std::optional<std::string> xl_rate_problem(const std::string& rate) {
  const XlFunctions& xl = xl_functions();
  XlConfig config{"import"};
  Filled<libxl_device_nic> nic{xl.nic_init, xl.nic_dispose};
  errno = 0;  // libxlutil looks at it without having set it
  if (xl.vif_parse_rate(config.get(), rate.c_str(), &nic.value) == 0) return std::nullopt;
  return reason_in(config.said(), "libxlutil does not take it");
}

bool xl_takes_rdm(const std::string& text) {
  const XlFunctions& xl = xl_functions();
  XlConfig config{"import"};
  Filled<libxl_rdm_reserve> rdm{xl.rdm_init, xl.rdm_dispose};
  return xl.rdm_parse(config.get(), &rdm.value, text.c_str()) == 0;
}

std::optional<std::string> xl_word(XlWord kind, const std::string& text) {
  const XlFunctions& xl = xl_functions();
  switch (kind) {
    case XlWord::bios:
      return spelled(xl.bios_from_string, xl.bios_to_string, text);
    case XlWord::tsc_mode:
      return spelled(xl.tsc_mode_from_string, xl.tsc_mode_to_string, text);
    case XlWord::timer_mode:
      return spelled(xl.timer_mode_from_string, xl.timer_mode_to_string, text);
    case XlWord::gfx_passthru:
      return spelled(xl.gfx_kind_from_string, xl.gfx_kind_to_string, text);
    case XlWord::viridian:
      return spelled(xl.viridian_from_string, xl.viridian_to_string, text);
    case XlWord::hdtype:
      return spelled(xl.hdtype_from_string, xl.hdtype_to_string, text);
  }
  return std::nullopt;
}

std::optional<std::string> xl_word(XlWord kind, long number) {
  const XlFunctions& xl = xl_functions();
  if (kind == XlWord::tsc_mode) return named(xl.tsc_mode_to_string, number);
  if (kind == XlWord::timer_mode) return named(xl.timer_mode_to_string, number);
  return std::nullopt;
}

}  // namespace xenlaunch
