#include "tests/unit/checks/healthy_host.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("pciback and Xen's daemons have to be there") {
  DoctorFacts facts = healthy();
  facts.devices.pci.pciback_loaded = false;
  facts.xenstored_problem = "Connection refused";
  facts.xenconsoled_runs = false;
  CHECK(
      unhealthy(facts) ==
      Checks{problem("pciback", "pciback is not there, so no device can be taken from dom0.",
                     "Run `modprobe xen-pciback`, and put `xen-pciback` into /etc/modules to "
                     "have it at each boot."),
             problem("xenstored", "xenstored does not answer: Connection refused.",
                     "Start it with Xen's other daemons: `systemctl start xen` on Debian, "
                     "`systemctl start xenstored` elsewhere; then see `systemctl status` of it."),
             warning("xenconsoled",
                     "xenconsoled does not run. Guests start all the same, but without a console.",
                     "Start it with Xen's other daemons: `systemctl start xen` on Debian, "
                     "`systemctl start xenconsoled` elsewhere.")});
}

TEST_CASE("a kernel that is locked down keeps QEMU from the card") {
  DoctorFacts facts = healthy();
  facts.secure_boot = true;
  CHECK(unhealthy(facts).empty());
  for (const std::string level : {"integrity", "confidentiality"}) {
    facts.lockdown = "none [" + level + "] other";
    CHECK(unhealthy(facts) ==
          Checks{problem("lockdown",
                         "The kernel is locked down to " + level +
                             " (Secure Boot is on): it keeps QEMU from /dev/mem and from the "
                             "devices' registers in sysfs, and a card cannot be passed without "
                             "them.",
                         "Switch off Secure Boot in the firmware setup, or take `lockdown=` from "
                         "dom0's command line, and reboot.")});
  }
  for (const std::optional<std::string>& unknown :
       {std::optional<std::string>{}, std::optional<std::string>{"]none["},
        std::optional<std::string>{"[none"}}) {
    facts.lockdown = unknown;
    CHECK(
        unhealthy(facts) ==
        Checks{warning("lockdown",
                       "Secure Boot is on, and whether it locks the kernel down is not known: "
                       "there is no /sys/kernel/security/lockdown.",
                       "Run `mount -t securityfs securityfs /sys/kernel/security` and this again. "
                       "Where the kernel is locked down, switch off Secure Boot in the firmware "
                       "setup.")});
  }
  facts.secure_boot.reset();
  CHECK(unhealthy(facts)[0].text ==
        "Whether Secure Boot is on and locks the kernel down is not known: there is no "
        "/sys/kernel/security/lockdown.");
  facts.secure_boot = false;
  CHECK(unhealthy(facts).empty());
}

TEST_CASE("a host on which QEMU gets no control group is told of") {
  DoctorFacts facts = healthy();
  facts.no_control_groups = GroupLack{};
  CHECK(unhealthy(facts) == Checks{{"control_groups", CheckStatus::ok,
                                    "QEMU can have a control group of its own.", ""}});
  facts.no_control_groups = GroupLack{"/groups has none", "mount some"};
  CHECK(unhealthy(facts) ==
        Checks{warning("control_groups", "QEMU gets no control group of its own: /groups has none.",
                       "Mount some.")});
}

TEST_CASE("a host on which a QEMU that was broken into has more than its VM is told of") {
  DoctorFacts facts = healthy();
  facts.qemu.unrestricted_because = "it does not know -xen-domid-restrict";
  facts.has_landlock = false;
  CHECK(unhealthy(facts) ==
        Checks{warning("qemu_restriction",
                       "A QEMU that a guest breaks into has the host: it does not know "
                       "-xen-domid-restrict.",
                       "Install a newer QEMU that was built for Xen (on Debian `apt install "
                       "qemu-system-xen`), or name one as paths.qemu in /etc/xenlaunch/host.yaml."),
               warning("landlock",
                       "What serves disks of images with backing files is kept from little: this "
                       "kernel has no Landlock.",
                       "Run Linux 5.13 or later, with landlock in lsm= if that is on dom0's "
                       "command line; or use images without backing files.")});
  CHECK(can_pass_a_gpu(diagnose(facts)));
}

TEST_CASE("firmware for guests that is missing, and a next boot without Xen, are named") {
  DoctorFacts facts = healthy();
  facts.firmware_problems = {"/hvmloader: No such file or directory"};
  facts.devices.next_boot_without_xen =
      NoXen{.what = "the next boot starts no Xen: /etc decides", .remedy = "run it"};
  CHECK(unhealthy(facts) ==
        Checks{warning("next_boot", "The next boot starts no Xen: /etc decides.", "Run it."),
               problem("guest_firmware",
                       "The firmware for guests cannot be read: /hvmloader: No such file or "
                       "directory.",
                       "Install Xen's tools and seabios, or name the files as paths.hvmloader and "
                       "paths.seabios in /etc/xenlaunch/host.yaml.")});
}

TEST_CASE("of a copy of another host's files what they tell is looked at") {
  DoctorFacts facts = healthy();
  facts.is_copy = true;
  facts.xen.reset();
  CHECK(names(diagnose(facts)) ==
        std::vector<std::string>{"xen", "iommu", "pciback", "gpus", "primary_card", "gpu_in_use",
                                 "gpu_answers", "integrated_gpu", "gpu_hidden", "gpu_reset",
                                 "unreset_devices", "gpu_functions", "shared_memory_regions",
                                 "gpu_virtual_functions", "gpu_segment"});
  CHECK(diagnose(facts)[1] ==
        Check{"iommu", CheckStatus::warning,
              "The firmware has an IOMMU table (DMAR). Whether Xen uses it is not known.",
              "Run this on that host."});
  facts.devices.iommu_off_word = "iommu=0";
  CHECK(diagnose(facts)[1].status == CheckStatus::problem);
  facts.devices.iommu_off_word.clear();
  CHECK(can_pass_a_gpu(diagnose(facts)));
  facts.devices.gpus.clear();
  CHECK_FALSE(can_pass_a_gpu(diagnose(facts)));
}

TEST_CASE("a QEMU that cannot be run is one problem") {
  DoctorFacts facts = healthy();
  facts.qemu = {.path = "/qemu", .problem = "No such file or directory"};
  CHECK(unhealthy(facts) ==
        Checks{problem("qemu", "QEMU /qemu cannot be run: No such file or directory.",
                       "Install it (on Debian `apt install qemu-system-xen`), or name another one "
                       "as paths.qemu in /etc/xenlaunch/host.yaml.")});
}

TEST_CASE("a QEMU without what is needed is a problem, and one that does not say a warning") {
  DoctorFacts facts = healthy();
  const std::string remedy =
      "Install a QEMU that was built for Xen with PCI passthrough (on Debian `apt install "
      "qemu-system-xen`), or name one as paths.qemu in /etc/xenlaunch/host.yaml.";
  facts.qemu.has_pci_passthrough = false;
  CHECK(unhealthy(facts) ==
        Checks{problem("qemu_passthrough", "QEMU /qemu has no xen-pci-passthrough.", remedy)});
  facts.qemu = {.path = "/qemu", .has_igd_passthru = true, .unknown_because = "it did not end"};
  CHECK(
      unhealthy(facts) ==
      Checks{ok("qemu", "QEMU is /qemu."),
             warning("qemu_passthrough",
                     "Whether QEMU /qemu has xen-pci-passthrough is not known: it did not end.",
                     "Run `/qemu -device help` and `/qemu -machine xenfv,help`, and see what they "
                     "say.")});
}

TEST_CASE("igd-passthru matters where an integrated GPU is, and most where nothing else is") {
  DoctorFacts facts = healthy();
  facts.qemu.has_igd_passthru = false;
  CHECK(names(unhealthy(facts)) == std::vector<std::string>{"qemu_igd_passthru"});
  CHECK(unhealthy(facts)[0].status == CheckStatus::warning);
  facts.devices.gpus.pop_back();
  CHECK(
      unhealthy(facts)[0] ==
      problem("qemu_igd_passthru", "QEMU /qemu has no igd-passthru.",
              "Install a QEMU that was built for Xen with PCI passthrough (on Debian `apt "
              "install qemu-system-xen`), or name one as paths.qemu in /etc/xenlaunch/host.yaml."));
  facts = healthy();
  facts.qemu.has_igd_passthru.reset();
  facts.devices.gpus.erase(facts.devices.gpus.begin());
  CHECK(unhealthy(facts) == Checks{ok("gpus", "This host has 1 GPU: 0000:01:00.0."),
                                   ok("primary_card", "No GPU is the system display device."),
                                   ok("integrated_gpu", "There is no integrated GPU.")});
}

}  // namespace
}  // namespace xenlaunch::test
