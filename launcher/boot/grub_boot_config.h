#pragma once

#include <optional>
#include <string>

#include "launcher/boot/boot_config.h"
#include "launcher/boot/early_pciback.h"
#include "launcher/boot/grub/grub_cfg.h"
#include "launcher/boot/grub_drop_in.h"

namespace xenlaunch {

/// GRUB as Debian and Ubuntu set it up: edits a drop-in of ours below /etc/default/grub.d, has
/// update-grub make a new grub.cfg beside the old one, looks whether the entry that will boot has
/// what was asked for, and only then puts it in the old one's place.
class GrubBootConfig final : public BootConfig {
 public:
  GrubBootConfig(std::filesystem::path root, Programs& programs)
      : root_{std::move(root)}, programs_{programs}, early_pciback_{root_, programs} {}

  BootLines next_boot() override;
  std::string next_release() override;
  NoXen why_no_xen() override;
  void recover(Progress& progress) override;
  /// A hide is all there only with our drop-in, which keeps xen-pciback loading early.
  bool has(const BootChange& change) override;
  void change(const BootChange& change, Progress& progress) override;

 private:
  NoXen no_xen(const BootEntry& entry) const;
  BootEntry entry_of(const std::filesystem::path& grub_cfg) const;
  GrubDropIn read_drop_in() const;
  void write_drop_in(const GrubDropIn& drop_in);
  /// The drop-in of before a change in its place again, and no trace of the change; needs no space
  /// on the disk.
  void take_back_drop_in();
  std::string locale() const;
  /// A new grub.cfg beside the old one; the entry of it that would boot, which starts Xen.
  BootEntry generate(Progress& progress);
  /// The drop-in in place and a new grub.cfg beside the old one that has the change.
  void bring_about(GrubDropIn drop_in, const BootChange& change, Progress& progress);
  /// grub.cfg replaced by one with the change, made from the configuration that other programs left
  /// meanwhile.
  void replace_grub_cfg(const GrubDropIn& drop_in, const BootChange& change, Progress& progress);
  void arrange_if_possible(const std::vector<PciAddress>& hidden, const std::string& release,
                           Progress& progress);

  std::filesystem::path root_;
  Programs& programs_;
  EarlyPciback early_pciback_;
};

}  // namespace xenlaunch
