#include "launcher/checks/doctor.h"

#include "tests/unit/checks/healthy_host.h"

namespace xenlaunch::test {
namespace {

const std::string switch_on =
    "Switch on VT-d (not only VT-x) in the firmware setup. Where there is no such switch, update "
    "the firmware; the board may have no IOMMU at all.";
const std::string ring = "Put `conring_size=1M` on Xen's command line, ";

TEST_CASE("a healthy host has one line for each thing, all of them ok") {
  const Checks expected = {
      ok("xen", "Xen is running, and this is its dom0."),
      ok("xen_version", "Xen 4.17.5 is what xenlaunch was built for (4.17)."),
      ok("hvm", "Xen can run HVM guests."),
      ok("iommu", "Xen uses the IOMMU."),
      ok("interrupt_remapping", "Interrupt remapping is on."),
      ok("iommu_tables", "Xen has nothing against the firmware's IOMMU tables."),
      ok("pciback", "pciback is there to take devices from dom0."),
      ok("xenstored", "xenstored answers."),
      ok("xenconsoled", "xenconsoled runs."),
      ok("lockdown", "The kernel is not locked down."),
      ok("qemu", "QEMU is /qemu, version 7.2.15."),
      ok("qemu_restriction", "QEMU can be a user of its own, restricted to its own domain."),
      ok("qemu_passthrough", "QEMU /qemu has xen-pci-passthrough."),
      ok("qemu_igd_passthru", "QEMU /qemu has igd-passthru."),
      ok("gpus", "This host has 2 GPUs: 0000:00:02.0 (Intel HD 4600) and 0000:01:00.0."),
      ok("primary_card",
         "The primary card 0000:00:02.0 (Intel HD 4600) is used neither by dom0 nor by the host's "
         "console."),
      ok("gpu_in_use", "Dom0 uses no other GPU."),
      ok("gpu_answers", "Every GPU answers."),
      ok("integrated_gpu", "The integrated GPU is one that QEMU can pass."),
      ok("gpu_hidden", "No driver of dom0 has a GPU that is hidden from it."),
      ok("gpu_reset", "Every GPU can be reset between two guests."),
      ok("unreset_devices", "No device is kept from dom0 since it was not reset after a guest."),
      ok("gpu_functions", "No GPU has companions on its device."),
      ok("shared_memory_regions", "No GPU shares reserved memory with another device."),
      ok("gpu_virtual_functions", "No GPU has virtual functions that are in use."),
      ok("gpu_segment", "Xen has an address for every GPU.")};
  CHECK(diagnose(healthy()) == expected);
  CHECK(can_pass_a_gpu(diagnose(healthy())));
}

TEST_CASE("a problem keeps GPUs from being passed, a warning does not") {
  CHECK(can_pass_a_gpu({}));
  CHECK(can_pass_a_gpu({ok("a", ""), warning("b", "", "")}));
  CHECK_FALSE(can_pass_a_gpu({warning("a", "", ""), problem("b", "", ""), ok("c", "")}));
  CHECK(to_string(CheckStatus::ok) + to_string(CheckStatus::warning) +
            to_string(CheckStatus::problem) ==
        "okwarningproblem");
}

TEST_CASE("without Xen that is said first, and what can be told without it is checked") {
  DoctorFacts facts = healthy();
  facts.running_under_xen = false;
  facts.xen.reset();
  facts.has_vmx = true;
  facts.iommus = 2;
  CHECK(unhealthy(facts) ==
        Checks{
            problem("xen", "Xen is not running. What follows is what can be told without it.",
                    "Install Xen (on Debian `apt install xen-system-amd64`), and boot the entry "
                    "with Xen in the boot menu."),
            ok("hvm", "The processor has VT-x."),
            ok("iommu", "The IOMMU is switched on: Linux uses 2 of them. Xen has not tried yet.")});
  CHECK(names(diagnose(facts)) ==
        std::vector<std::string>{"xen", "hvm", "iommu", "lockdown", "qemu", "qemu_restriction",
                                 "qemu_passthrough", "qemu_igd_passthru", "gpus", "primary_card",
                                 "gpu_in_use", "gpu_answers", "integrated_gpu", "gpu_reset",
                                 "unreset_devices", "gpu_functions", "shared_memory_regions",
                                 "gpu_virtual_functions", "gpu_segment"});
  facts.iommus = 0;
  CHECK(unhealthy(facts)[2] ==
        ok("iommu",
           "The firmware has an IOMMU table (DMAR), so the IOMMU is switched on there. Whether Xen "
           "can use it is not known."));
  facts.has_vmx = facts.has_dmar = false;
  CHECK(unhealthy(facts)[1] ==
        problem("hvm",
                "The processor shows neither VT-x nor AMD-V (flags vmx and svm in /proc/cpuinfo), "
                "without which no guest can have a graphics card.",
                "Switch on VT-x in the firmware setup, and switch the machine off and on again."));
  CHECK(unhealthy(facts)[2] ==
        problem("iommu",
                "The firmware has no IOMMU table (DMAR for Intel, IVRS for AMD): the IOMMU is "
                "switched off, or there is none.",
                switch_on));
}

TEST_CASE("a Xen that cannot be asked is a problem with the reason") {
  DoctorFacts facts = healthy();
  facts.xen.reset();
  facts.xen_problem = "Permission denied";
  const Checks found = unhealthy(facts);
  CHECK(names(found) == std::vector<std::string>{"xen", "iommu"});
  CHECK(found[0] ==
        problem("xen",
                "Xen is running, but could not be asked: Permission denied. What follows is what "
                "can be told without its answers.",
                "Run this as root in dom0; Xen has to be 4.17, as the libraries that xenlaunch was "
                "built with."));
}

TEST_CASE("a Xen of another version, which answers nothing but that, is told as such") {
  DoctorFacts facts = healthy();
  facts.xen.reset();
  facts.xen_problem = "cannot work with this Xen";
  facts.xen_version = "4.20.5";
  const Checks found = unhealthy(facts);
  CHECK(names(found) == std::vector<std::string>{"xen_version", "iommu"});
  CHECK(found[0] ==
        problem("xen_version",
                "Xen 4.20.5 is running, but xenlaunch was built with the libraries of Xen 4.17, "
                "which speak to no other. What follows is what can be told without its answers.",
                "Build xenlaunch with the libxen-dev of this host's Xen, or boot Xen 4.17."));
}

TEST_CASE("Xen has to be the one that the libraries were built for, and no antique") {
  DoctorFacts facts = healthy();
  for (const std::string version : {"4.18.1", "5.17.0", "4.1"}) {
    facts.xen->version = version;
    CHECK(unhealthy(facts) ==
          Checks{problem("xen_version",
                         "Xen " + version +
                             " is running, but xenlaunch was built with the libraries of Xen 4.17, "
                             "which speak to no other.",
                         "Build xenlaunch with the libxen-dev of this host's Xen, or boot Xen "
                         "4.17.")});
  }
  for (const std::string version : {"3.4.2", "", "4", "4.", "x.17", "4.x"}) {
    facts.xen->version = version;
    CHECK(
        unhealthy(facts) ==
        Checks{problem("xen_version",
                       "Xen " + version + " is running; passing graphics cards needs 4.0 at least.",
                       "Install Xen 4.17.")});
  }
  for (const std::string version : {"4.17-rc1", "4.17.7-pre", "4.17"}) {
    facts.xen->version = version;
    CHECK(unhealthy(facts) ==
          Checks{ok("xen_version", "Xen " + version + " is what xenlaunch was built for (4.17).")});
  }
}

TEST_CASE("a processor without VT-x is a problem, with what Xen says of it") {
  DoctorFacts facts = healthy();
  facts.xen->hvm = false;
  facts.xen->boot_messages += "(XEN) CPU0: VMX disabled by BIOS.\n";
  CHECK(unhealthy(facts) ==
        Checks{problem("hvm",
                       "Xen cannot run HVM guests, which take a graphics card: the processor's "
                       "VT-x is missing or switched off (\"CPU0: VMX disabled by BIOS.\").",
                       "Switch on VT-x in the firmware setup, and switch the machine off and on "
                       "again.")});
}

/// A host whose Xen has said this and uses no IOMMU.
DoctorFacts without_iommu(const std::string& messages, const std::string& command_line = "") {
  DoctorFacts facts = healthy();
  facts.xen->iommu = false;
  facts.xen->boot_messages = messages;
  facts.xen->command_line = command_line;
  return facts;
}

TEST_CASE("why Xen uses no IOMMU decides what to do") {
  CHECK(unhealthy(without_iommu(off_messages(dmar_line, ""), "iommu=verbose,off")) ==
        Checks{problem("iommu",
                       "The IOMMU is switched off on Xen's command line: \"iommu=verbose,off\".",
                       "Take what switches it off in `iommu=verbose,off` from Xen's command line "
                       "(GRUB_CMDLINE_XEN in /etc/default/grub, then `update-grub`) and reboot.")});
  CHECK(unhealthy(without_iommu(off_messages("", ""))) ==
        Checks{problem("iommu",
                       "Xen found no IOMMU: the firmware has no table of one (DMAR for Intel, IVRS "
                       "for AMD), as where it is switched off in the firmware setup.",
                       switch_on)});
  const std::string update =
      "Update the firmware (BIOS) of the board, and report the fault to its maker if it is still "
      "there.";
  CHECK(unhealthy(without_iommu(off_messages(dmar_line, bad_dmar_lines))) ==
        Checks{problem("iommu",
                       "Xen switched the IOMMU off, since the table of it in the firmware is bad: "
                       "\"[VT-D]Overlapping RMRRs [7b800000,7fffffff] and [7b000000,7b8fffff] / "
                       "Failed to parse ACPI DMAR.  Disabling VT-d.\".",
                       update)});
  CHECK(unhealthy(without_iommu(
            off_messages(ivrs_line, "(XEN) IVHD Error: no information for IO-APIC 0x22\n")))[0]
            .remedy == update +
                           " Until then `ivrs_ioapic[ID]=BB:DD.F` on Xen's command line can give "
                           "Xen what the table lacks.");
  CHECK(
      unhealthy(without_iommu(off_messages(
          ivrs_line, "(XEN) AMD-Vi: SP5100 erratum 28 detected, disabling IOMMU.\n"))) ==
      Checks{problem("iommu",
                     "Xen keeps the IOMMU off because of a fault of the chipset: \"AMD-Vi: SP5100 "
                     "erratum 28 detected, disabling IOMMU.\".",
                     "Do what that message asks for, if anything, or use another board: with this "
                     "chipset as it is a guest with a card could harm the host.")});
  CHECK(
      unhealthy(without_iommu(off_messages(ivrs_line, "(XEN) AMD-Vi: Error initialization\n"))) ==
      Checks{problem("iommu", "Xen could not set up the IOMMU: \"AMD-Vi: Error initialization\".",
                     "Update the firmware (BIOS) of the board. If that does not help, put "
                     "`iommu=debug loglvl=all conring_size=1M` on Xen's command line, reboot, and "
                     "see `xl dmesg`.")});
}

TEST_CASE("an IOMMU that is off without a word of Xen's is looked for in the firmware's tables") {
  CHECK(unhealthy(without_iommu(off_messages(dmar_line, ""))) ==
        Checks{problem("iommu", "Xen uses no IOMMU and does not say why.",
                       "Put `iommu=debug loglvl=all conring_size=1M` on Xen's command line, "
                       "reboot, and look for VT-D or AMD-Vi in `xl dmesg`. " +
                           switch_on)});
  DoctorFacts lost = without_iommu("");
  CHECK(unhealthy(lost) ==
        Checks{problem(
            "iommu",
            "Xen uses no IOMMU, and the messages of its boot that would say why are "
            "gone.",
            ring + "without a `loglvl` below warning, reboot and run this again. " + switch_on)});
  lost.has_dmar = false;
  lost.processor = ProcessorVendor::amd;
  CHECK(unhealthy(lost)[0].text.starts_with("Xen found no IOMMU: the firmware has no table"));
  CHECK(
      unhealthy(lost)[0].remedy.starts_with("Switch on AMD-Vi (often named IOMMU; not only SVM)"));
}

TEST_CASE("interrupt remapping that is off or not known is a warning") {
  DoctorFacts facts = healthy();
  facts.xen->boot_messages =
      "(XEN) Xen version 4.17.5\n(XEN) I/O virtualisation enabled\n"
      "(XEN) Interrupt remapping disabled\n";
  facts.xen->command_line = "iommu=no-intremap";
  CHECK(unhealthy(facts) ==
        Checks{warning("interrupt_remapping",
                       "Interrupt remapping is off (\"iommu=no-intremap\"): a guest with a card "
                       "can send the host any interrupt, and so may break out of its VM.",
                       "Take what switches it off in `iommu=no-intremap` from Xen's command line "
                       "and reboot.")});
  facts.xen->command_line = "";
  CHECK(unhealthy(facts)[0].remedy ==
        "Switch on interrupt remapping (or x2APIC) in the firmware setup, or update the firmware; "
        "else pass cards only to guests that you trust.");
  facts.xen->boot_messages = "";
  CHECK(unhealthy(facts) ==
        Checks{warning("interrupt_remapping",
                       "Whether interrupt remapping is on is not known: the messages of Xen's boot "
                       "are gone.",
                       ring + "reboot and run this again.")});
  CHECK(can_pass_a_gpu(diagnose(facts)));
}

TEST_CASE("faults of the firmware's tables are named, the first three of them") {
  DoctorFacts facts = healthy();
  facts.table_problems = {"a", "b"};
  const std::string remedy =
      "Update the firmware (BIOS) of the board, and look for VT-D or AMD-Vi in `xl dmesg` if a "
      "card that is passed does not work.";
  CHECK(unhealthy(facts) ==
        Checks{warning("iommu_tables",
                       "The firmware's IOMMU tables or settings have faults: a and b.", remedy)});
  facts.xen->boot_messages += "(XEN) [VT-D] RMRR [1000,1fff] not in reserved memory; x\n";
  facts.table_problems.push_back("c");
  CHECK(unhealthy(facts)[0].text ==
        "The firmware's IOMMU tables or settings have faults: a, b, c and 1 more.");
  facts.table_problems.clear();
  CHECK(unhealthy(facts)[0].text ==
        "The firmware's IOMMU tables or settings have faults: Xen says \"[VT-D] RMRR [1000,1fff] "
        "not in reserved memory; x\".");
}

}  // namespace
}  // namespace xenlaunch::test
