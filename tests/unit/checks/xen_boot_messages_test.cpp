#include "launcher/checks/xen_boot_messages.h"

#include "tests/unit/checks/boot_messages.h"
#include "tests/unit/print.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::IommuReport> {
  static String convert(const xenlaunch::IommuReport& report) {
    return text_of("state " + std::to_string(static_cast<int>(report.state)) + ", cause " +
                   std::to_string(static_cast<int>(report.cause)) + ", evidence '" +
                   report.evidence + "', interrupts '" + report.interrupt_remapping_evidence +
                   "', lost " + std::to_string(static_cast<int>(report.beginning_lost)) +
                   ", remapping ") +
           toString(report.interrupt_remapping) + toString(report.complaints);
  }
};

}  // namespace doctest

namespace xenlaunch::test {
namespace {

IommuReport on() {
  return {.state = IommuState::enabled, .interrupt_remapping = true, .beginning_lost = false};
}

IommuReport off(IommuCause cause, const std::string& evidence) {
  return {
      .state = IommuState::disabled, .cause = cause, .evidence = evidence, .beginning_lost = false};
}

TEST_CASE("an IOMMU that is on is on, Intel's and AMD's, with timestamps or without") {
  CHECK(report_iommu(intel_messages(), "dom0_mem=4G") == on());
  CHECK(report_iommu(amd_messages(), "") == on());
  CHECK(report_iommu("(XEN) [2025-03-05 19:04:46] Xen version 4.17.5\r\n"
                     "(XEN) [    1.234567] I/O virtualisation enabled\r\n"
                     "(XEN) [    1.234569] Interrupt remapping enabled\r\n",
                     "") == on());
}

TEST_CASE("the command line's last word decides, and is what shows the cause") {
  const std::string messages = off_messages(dmar_line, "");
  for (const std::string word : {"iommu=off", "iommu=0", "iommu=no", "iommu=false", "iommu=disable",
                                 "iommu=verbose,off", "no-iommu", "acpi=off", "no-acpi"}) {
    CAPTURE(word);
    CHECK(report_iommu(messages, "iommu=on dom0_mem=4G " + word + " loglvl=all") ==
          off(IommuCause::command_line, word));
  }
  for (const std::string line :
       {"iommu=off iommu=on", "iommu=off,1", "xiommu=off", "iommu=no-igfx", "iommu",
        "iommu=", "iommu=,,,", "dom0-iommu=off", "iommu=quarantine=off"}) {
    CAPTURE(line);
    CHECK(report_iommu(messages, line) == off(IommuCause::unknown, ""));
  }
}

TEST_CASE("each Xen's words for what it leaves off are understood") {
  struct {
    std::string xen;
    std::string igfx;
    std::string firmware;
  } const table[] = {
      {"4.14.6", "[VT-D]Passed iommu=no-igfx option.  Disabling IGD VT-d engine.",
       "[VT-D]BIOS did not enable IGD for VT properly.  Disabling IGD VT-d engine."},
      {"4.17.7", "[VT-D] passed iommu=no-igfx option; disabling IGD VT-d engine",
       "[VT-D] firmware did not enable IGD for VT properly; disabling IGD VT-d engine"},
      {"4.20.4", "[VT-D] passed iommu=no-igfx option; disabling IGD VT-d engine",
       "[VT-D] firmware did not enable IGD for VT properly; disabling IGD VT-d engine"},
      {"4.22.0", "[VT-D] passed iommu=no-igfx option; disabling IGD VT-d engine",
       "[VT-D] firmware did not enable IGD for VT properly; disabling IGD VT-d engine"},
  };
  for (const auto& one : table) {
    CAPTURE(one.xen);
    const std::string start = "(XEN) Xen version " + one.xen + " (Debian)\n";
    const std::string enabled =
        "(XEN) I/O virtualisation enabled\n(XEN) Interrupt remapping enabled\n";
    for (const std::string& line : {one.igfx, one.firmware}) {
      IommuReport expected = on();
      expected.complaints = {line};
      CHECK(report_iommu(start + "(XEN) " + line + "\n" + enabled, "") == expected);
    }
    CHECK(report_iommu(start + "(XEN) I/O virtualisation disabled\n", "iommu=0") ==
          off(IommuCause::command_line, "iommu=0"));
    CHECK(report_iommu(start + "(XEN) Failed to parse ACPI DMAR.  Disabling VT-d.\n"
                               "(XEN) I/O virtualisation disabled\n",
                       "") ==
          off(IommuCause::bad_table, "Failed to parse ACPI DMAR.  Disabling VT-d."));
  }
}

TEST_CASE("the words that switch the IOMMU or the integrated GPU's part of it off") {
  CHECK(iommu_off_word("dom0_mem=4G iommu=0 loglvl=all") == "iommu=0");
  CHECK(iommu_off_word("iommu=0 iommu=1") == "");
  CHECK(igfx_off_word("iommu=no-igfx") == "iommu=no-igfx");
  CHECK(igfx_off_word("iommu=verbose,igfx=off") == "iommu=verbose,igfx=off");
  for (const char* line : {"", "iommu=igfx", "iommu=no-igfx iommu=igfx", "iommu=no-igfxx",
                           "iommu=igfx=maybe", "no-igfx"}) {
    CAPTURE(line);
    CHECK(igfx_off_word(line) == "");
  }
}

TEST_CASE("without a table of either vendor there is no IOMMU to be used") {
  CHECK(report_iommu(off_messages("", ""), "") == off(IommuCause::no_table, ""));
  CHECK(report_iommu(off_messages(ivrs_line, ""), "") == off(IommuCause::unknown, ""));
  CHECK(report_iommu(off_messages(ivrs_line, "(XEN) AMD-Vi: IOMMU not found!\n"), "") ==
        off(IommuCause::no_table, "AMD-Vi: IOMMU not found!"));
}

TEST_CASE("a table that Xen cannot read is named with what Xen says of it") {
  CHECK(report_iommu(off_messages(dmar_line, bad_dmar_lines), "") ==
        off(IommuCause::bad_table,
            "[VT-D]Overlapping RMRRs [7b800000,7fffffff] and [7b000000,7b8fffff] / Failed to parse "
            "ACPI DMAR.  Disabling VT-d."));
  struct {
    std::string line;
    IommuCause cause;
  } const table[] = {
      {"[VT-D]Zero: Invalid DMAR width", IommuCause::bad_table},
      {"[VT-D]Invalid ACPI DMAR entry length: 0", IommuCause::bad_table},
      {"AMD-Vi: Error: IVRS: invalid checksum 0x4f", IommuCause::bad_table},
      {"AMD-Vi: Error: IVRS: table length exceeded: 0xd0 -> 0x1d0", IommuCause::bad_table},
      {"AMD-Vi: Error: IVHD: invalid Device_Entry Dev_Id 0xff00", IommuCause::bad_table},
      {"IVHD Error: no information for IO-APIC 0x22", IommuCause::bad_table},
      {"No southbridge IO-APIC found in IVRS table", IommuCause::bad_table},
      {"Cannot find supported IVHD type.", IommuCause::bad_table},
      {"AMD-Vi: SP5100 erratum 28 detected, disabling IOMMU.", IommuCause::erratum},
      {"[VT-D]Disabling IOMMU due to Intel 5500/5520 chipset errata #47 and #53",
       IommuCause::erratum},
      {"[VT-D]IOMMU: unsupported sagaw 2", IommuCause::unusable},
      {"AMD-Vi: Error: no CMPXCHG16B support, disabling IOMMU", IommuCause::unusable},
      {"AMD-Vi: Error initialization", IommuCause::unusable},
  };
  for (const auto& one : table) {
    CAPTURE(one.line);
    CHECK(report_iommu(off_messages(ivrs_line, "(XEN) " + one.line + "\n"), "") ==
          off(one.cause, one.line));
  }
}

TEST_CASE("the first line decides the cause, and of many only three are shown") {
  CHECK(report_iommu(off_messages(ivrs_line,
                                  "(XEN) IVHD Error: no information for IO-APIC 0x22\n"
                                  "(XEN) AMD-Vi: Error initialization\n"),
                     "") ==
        off(IommuCause::bad_table,
            "IVHD Error: no information for IO-APIC 0x22 / AMD-Vi: Error initialization"));
  std::string many;
  for (int i = 0; i < 9; ++i) many += "(XEN) IVHD Error: Out of memory\n";
  CHECK(report_iommu(off_messages(ivrs_line, many), "").evidence ==
        "IVHD Error: Out of memory / IVHD Error: Out of memory / IVHD Error: Out of memory");
}

TEST_CASE("what Xen says against an IOMMU that it uses is a complaint, not a cause") {
  IommuReport expected = on();
  expected.complaints = {
      "[VT-D] RMRR [7b800000,7fffffff] not in reserved memory; need \"iommu_inclusive_mapping=1\"?",
      "[VT-D] firmware did not enable IGD for VT properly; disabling IGD VT-d engine"};
  CHECK(report_iommu("(XEN) " + expected.complaints[0] + "\n(XEN) " + expected.complaints[1] +
                         "\n(XEN) AMD-Vi: Error -19 initializing for x2APIC mode\n" +
                         intel_messages(),
                     "") == expected);
}

TEST_CASE("interrupt remapping that is off is shown by the command line or by Xen's reason") {
  const std::string messages =
      "(XEN) Xen version 4.17.5\n"
      "(XEN) [VT-D] Platform firmware does not support interrupt remapping\n"
      "(XEN) Intel VT-d Interrupt Remapping not enabled.\n"
      "(XEN) I/O virtualisation enabled\n"
      "(XEN) Interrupt remapping disabled\n";
  IommuReport expected = on();
  expected.interrupt_remapping = false;
  expected.interrupt_remapping_evidence =
      "[VT-D] Platform firmware does not support interrupt remapping";
  CHECK(report_iommu(messages, "iommu=no-intremap iommu=intremap") == expected);
  for (const std::string word : {"iommu=no-intremap", "iommu=verbose,intremap=off"}) {
    expected.interrupt_remapping_evidence = word;
    CHECK(report_iommu(messages, word) == expected);
  }
}

TEST_CASE("a ring that has lost its beginning tells nothing but what is left in it") {
  CHECK(report_iommu("", "") == IommuReport{});
  const std::string rest =
      "ation enabled\n(XEN) d1v0 Over-allocation for domain 1: 262401 > 262400\n";
  CHECK(report_iommu(rest, "") == IommuReport{});
  CHECK(report_iommu(rest, "iommu=off") ==
        IommuReport{.cause = IommuCause::command_line, .evidence = "iommu=off"});
}

TEST_CASE("what a guest has printed counts for nothing") {
  CHECK(report_iommu(intel_messages() + "(d1) I/O virtualisation disabled\n"
                                        "(d1) IVHD Error: x\n"
                                        "(d1) (XEN) Interrupt remapping disabled\n"
                                        "(d1) (XEN) IVHD Error: x\n"
                                        "I/O virtualisation disabled\n",
                     "") == on());
}

TEST_CASE("hostile bytes are shown harmless and cut") {
  const std::string line = std::string{"IVHD Error: \x1b[2J"} + '\0' + std::string(10000, 'x');
  const IommuReport report = report_iommu(off_messages(ivrs_line, "(XEN) " + line + "\n"), "");
  CHECK(report.evidence.starts_with("IVHD Error: \\x1b[2J\\x00xxx"));
  CHECK(report.evidence.size() < 200);
  for (const std::string messages :
       {"(XEN)", "(XEN) ", "(XEN) [", "(XEN) [] ", "(XEN) ]", "\n\n\r\n", "(XEN) \r"})
    CHECK(report_iommu(messages, " = == iommu== ") == IommuReport{});
}

TEST_CASE("virtualisation that the firmware has switched off is found in Xen's words") {
  CHECK(hvm_complaint(intel_messages()) == std::nullopt);
  CHECK(hvm_complaint("(XEN) CPU0: VMX disabled by BIOS.\n(XEN) VMX: failed to initialise.\n") ==
        "CPU0: VMX disabled by BIOS.");
  CHECK(hvm_complaint("(XEN) CPU0: AMD SVM Extension is disabled in BIOS.\n") ==
        "CPU0: AMD SVM Extension is disabled in BIOS.");
  CHECK(hvm_complaint("(d1) CPU0: VMX disabled by BIOS.\n") == std::nullopt);
}

}  // namespace
}  // namespace xenlaunch::test
