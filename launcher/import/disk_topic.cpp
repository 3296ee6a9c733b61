// Disks and CD-ROMs.
#include <fmt/format.h>

#include <algorithm>

#include "launcher/import/topics.h"
#include "launcher/import/xl_specs.h"

namespace xenlaunch {
namespace {

/// What keeps a disk from being one of a VM file; empty where nothing does.
std::string problem_of(const XlDisk& disk) {
  const std::string& domain = disk.backend_domain;
  if (!disk.script.empty())
    return "the script " + in_quotes(disk.script) +
           " is not supported; expected a file or a block device";
  if (!domain.empty() && domain != "0" && domain != "Domain-0")
    return "a disk of the domain " + in_quotes(domain) + " is not supported; expected one of dom0";
  if (disk.backend == "standalone") return "backendtype=standalone is not supported";
  if (disk.virtio) return "specification=virtio is not supported";
  if (disk.colo) return "colo is not supported";
  if (disk.format == "empty" && !disk.cdrom) return "a disk without an image";
  if (disk.format != "raw" && disk.format != "qcow2" && disk.format != "empty")
    return "the format " + disk.format + " is not supported; expected raw or qcow2";
  return {};
}

/// To xl it is an emulated disk, too: the first four xvd*, as the four hd*
/// (libxl__build_device_model_args_new of tools/libs/light/libxl_dm.c). It refuses one that is
/// read-only.
bool is_emulated_xvd(const XlDisk& disk, bool ahci) {
  return disk.target.size() == 4 && disk.target.starts_with("xvd") &&
         disk.target.back() <= (ahci && !disk.cdrom ? 'f' : 'd') && (disk.cdrom || disk.writable);
}

/// Where xl puts "hda" with hdtype=ahci: only disks, as there.
std::string target_of(const XlDisk& disk, bool ahci) {
  const bool on_ahci = ahci && !disk.cdrom;
  if (is_emulated_xvd(disk, ahci)) return (on_ahci ? "sd" : "hd") + disk.target.substr(3);
  return on_ahci && disk.target.starts_with("hd") ? "s" + disk.target.substr(1) : disk.target;
}

YamlValue vm_disk(const XlDisk& disk, bool ahci) {
  YamlValue map = YamlValue::map();
  if (!disk.image.empty()) map.field("image") = YamlValue::text(disk.image);
  if (disk.format == "qcow2") map.field("format") = YamlValue::word("qcow2");
  if (disk.cdrom) map.field("type") = YamlValue::word("cdrom");
  map.field("target") = YamlValue::text(target_of(disk, ahci));
  if (!disk.cdrom && !disk.writable) map.field("readonly") = YamlValue::boolean(true);
  if (disk.discard) map.field("discard") = YamlValue::boolean(*disk.discard);
  return map;
}

void tell_decisions(Conversion& c, const XlDisk& disk, bool ahci) {
  if (is_emulated_xvd(disk, ahci))
    c.comment("disks", fmt::format("{}: xl emulates a disk in its place, too, as {} is here.",
                                   disk.target, target_of(disk, ahci)));
  if (disk.format == "raw" && disk.image.ends_with(".qcow2"))
    c.comment("disks", fmt::format("{} is raw to xl, whatever its name says; if it is not, write "
                                   "format: qcow2.",
                                   disk.target));
  if (disk.target.starts_with("sd") && !disk.cdrom)
    c.comment("disks", disk.target + ": xl has an LSI SCSI controller for it, xenlaunch AHCI.");
  if (disk.direct_io_safe) c.lost("disk", "direct-io-safe is left out: the cache is as always");
  if (disk.trusted == false) c.lost("disk", "untrusted is left out: the guest trusts its disks");
}

void convert_disk(Conversion& c, const XlItem& item, bool ahci) {
  const auto refuse = [&](const std::string& reason) {
    c.refused_at("disk", item.line, in_quotes(*item.text) + ": " + reason);
  };
  // Newer libxlutil take it, and older headers have no place for it.
  if (item.text->find("grant_usage=") != item.text->npos)
    return refuse("grant_usage is not supported");
  const XlAnswer<XlDisk> disk = xl_disk(*item.text);
  if (!disk.value) return refuse(disk.complaint);
  const std::string problem = problem_of(*disk.value);
  if (!problem.empty()) return refuse(problem);
  tell_decisions(c, *disk.value, ahci);
  c.vm("disks").items.push_back(vm_disk(*disk.value, ahci));
}

/// Whether disks that are called hd* hang on AHCI.
bool convert_hdtype(Conversion& c) {
  const auto text = c.text("hdtype");
  if (!text) return false;
  const auto word = xl_word(XlWord::hdtype, *text);
  if (!word) {
    c.refused("hdtype", in_quotes(*text) + " is unknown to xl, too; expected ide or ahci");
    return false;
  }
  c.converted("hdtype");
  return *word == "ahci";
}

}  // namespace

void convert_disks(Conversion& c) {
  const bool ahci = convert_hdtype(c);
  const auto items = c.list("disk");
  if (!items) return;
  c.vm("disks") = YamlValue::list();
  if (ahci) c.comment("disks", "hdtype='ahci': xl's hda is sda here.");
  c.converted("disk");
  for (const XlItem& item : *items) convert_disk(c, item, ahci);
}

}  // namespace xenlaunch
