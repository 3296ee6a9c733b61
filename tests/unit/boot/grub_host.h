#pragma once

#include <functional>
#include <string>
#include <vector>

#include "launcher/host/program.h"
#include "tests/unit/host/temporary_tree.h"

namespace xenlaunch::test {

/// A Debian host's boot configuration in a tree of its own, and the programs that work on it.
/// update-grub is a shell script that sources what grub-mkconfig sources and puts the lines
/// together as 20_linux_xen does.
class GrubHost final : public Programs {
 public:
  testing::TemporaryTree tree;
  std::vector<std::string> calls;
  std::function<void()> during_update_grub = [] {};
  int update_grub_status = 0;
  int update_initramfs_status = 0;

  explicit GrubHost(const std::string& defaults, bool pciback_is_module = false) {
    tree.write("etc/default/grub", defaults);
    tree.write("lib/modules/6.1.0-28-amd64/modules.builtin",
               pciback_is_module ? "kernel/drivers/tty/vt.ko\n"
                                 : "kernel/drivers/xen/xen-pciback/xen-pciback.ko\n");
    tree.write("lib/modules/6.1.0-28-amd64/modules.dep",
               pciback_is_module ? "kernel/drivers/xen/xen-pciback/xen-pciback.ko.xz:\n" : "");
    std::filesystem::create_directories(tree.root() / "boot/grub");
    generate(tree.path("boot/grub/grub.cfg"));
  }

  ProgramResult run(const std::vector<std::string>& argv, std::chrono::seconds = {},
                    const std::string& = "") override {
    calls.push_back(argv.front() + (argv.size() > 1 ? " " + argv[1] : ""));
    if (argv.front() == "update-grub") {
      const ProgramResult result = generate(argv.at(2));
      during_update_grub();
      return update_grub_status == 0 ? result
                                     : ProgramResult{update_grub_status, "", "no space left\n"};
    }
    if (argv.front() == "update-initramfs")
      return {update_initramfs_status, "", "failed to compress\n"};
    if (argv.front() == "dracut") return {0, "", ""};
    if (argv.front() == "modprobe")
      return argv.back() == "pci:bochs" ? ProgramResult{0, "bochs\n", ""}
                                        : ProgramResult{1, "", ""};
    return {127, "", ""};
  }

  /// Everything but what the test made the host of.
  std::map<std::string, std::string> files() const {
    std::map<std::string, std::string> all = tree.snapshot();
    std::erase_if(all, [](const auto& file) {
      return file.first.starts_with("lib/") || file.first.starts_with("sys/");
    });
    return all;
  }

 private:
  ProgramResult generate(const std::string& out) const {
    static constexpr const char* script = R"SH(
      . "$1/etc/default/grub"
      for file in "$1"/etc/default/grub.d/*.cfg; do if [ -e "$file" ]; then . "$file"; fi; done
      [ -z "$GRUB_CMDLINE_LINUX_XEN_REPLACE" ] || XEN_LINUX=$GRUB_CMDLINE_LINUX_XEN_REPLACE
      [ -z "$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT" ] || XEN_DEFAULT=$GRUB_CMDLINE_LINUX_XEN_REPLACE_DEFAULT
      cat >"$2" <<EOF
set default="${GRUB_DEFAULT:-xen}"
menuentry 'Debian GNU/Linux' --id 'linux' {
	linux /boot/vmlinuz-6.1.0-28-amd64 root=/dev/sda1 ro $GRUB_CMDLINE_LINUX $GRUB_CMDLINE_LINUX_DEFAULT
}
menuentry 'Debian GNU/Linux, with Xen hypervisor' --id 'xen' {
	multiboot2 /boot/xen.gz placeholder $GRUB_CMDLINE_XEN $GRUB_CMDLINE_XEN_DEFAULT \${xen_rm_opts}
	module2 /boot/vmlinuz-6.1.0-28-amd64 placeholder root=/dev/sda1 ro ${XEN_LINUX-$GRUB_CMDLINE_LINUX} ${XEN_DEFAULT-$GRUB_CMDLINE_LINUX_DEFAULT}
	module2 --nounzip /boot/initrd.img-6.1.0-28-amd64
}
EOF
)SH";
    return HostPrograms{}.run({"sh", "-ec", script, "sh", tree.root().string(), out});
  }
};

}  // namespace xenlaunch::test
