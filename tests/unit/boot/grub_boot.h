#pragma once

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <string>
#include <vector>

#include "base/error.h"
#include "launcher/boot/grub_boot_config.h"
#include "tests/unit/boot/grub_host.h"

namespace xenlaunch::test {

using Kind = BootChange::Kind;
using Lines = std::vector<std::string>;

inline const PciAddress gpu{0, 0, 2, 0};
inline const PciAddress card{0, 1, 0, 0};
inline const std::string both_consoles =
    "GRUB_CMDLINE_XEN='console=com1,vga'\nGRUB_CMDLINE_LINUX='console=tty0 console=hvc0'\n";

class Warnings final : public Progress {
 public:
  Lines lines;
  void step(const std::string&) override {}
  void info(const std::string&) override {}
  void warning(const std::string& text) override { lines.push_back(text); }
};

struct Boot {
  GrubHost host;
  Warnings warnings;
  explicit Boot(const std::string& defaults = both_consoles, bool pciback_is_module = false)
      : host{defaults, pciback_is_module} {}
  GrubBootConfig config() { return {host.tree.root(), host}; }
  void change(Kind kind, const PciAddress& device = {}) {
    GrubBootConfig grub = config();
    ensure(grub, {kind, device}, warnings);
  }
  BootLines next() { return config().next_boot(); }
  /// What a change that fails says; nothing may have changed.
  std::string refusal(Kind kind, const PciAddress& device = {}) {
    const auto before = host.files();
    std::string text;
    try {
      change(kind, device);
    } catch (const Error& error) {
      CHECK(error.code == ExitCode::host);
      text = error.what();
    }
    CHECK(host.files() == before);
    return text;
  }
};

inline const std::string tail = "; the next boot is what it was";
inline const std::string no_change = "cannot change the boot configuration: ";

}  // namespace xenlaunch::test
