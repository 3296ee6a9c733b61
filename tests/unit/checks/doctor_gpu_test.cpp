#include "tests/unit/checks/healthy_host.h"

namespace xenlaunch::test {
namespace {

/// The integrated GPU as dom0's and the host's own.
DoctorFacts with_primary_in_use() {
  DoctorFacts facts = healthy();
  facts.gpus[0].dom0_access = BootState::enabled;
  facts.gpus[0].host_display = BootState::enabled;
  return facts;
}

TEST_CASE("a host without any GPU has nothing to pass") {
  DoctorFacts facts = healthy();
  facts.gpus.clear();
  CHECK(unhealthy(facts) ==
        Checks{problem("gpus", "This host has no GPU.",
                       "Put a graphics card in, or switch on the on-board one in the firmware "
                       "setup.")});
  CHECK(diagnose(facts).back().name == "gpus");
}

TEST_CASE("a primary card in use is a warning beside another that can be passed") {
  const std::string text =
      "The primary card 0000:00:02.0 (Intel HD 4600) cannot be passed as things are: it is the "
      "system display device, and dom0 access to it is enabled; it is the system display device, "
      "and the display of the host is enabled.";
  const std::string remedy =
      "Run `xenlaunch gpu disable-dom0-access 0000:00:02.0` and reboot the host. Run `xenlaunch "
      "host disable-display` and reboot the host. ";
  DoctorFacts facts = with_primary_in_use();
  CHECK(unhealthy(facts) ==
        Checks{warning("primary_card", text,
                       remedy + "Or make 0000:01:00.0 the primary card in the firmware setup.")});
  facts.gpus.pop_back();
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card", text,
                remedy + "Or put another card in, and make that the primary one in the firmware "
                         "setup."));
}

TEST_CASE("a discrete primary card gives way to the on-board one") {
  DoctorFacts facts = healthy();
  facts.gpus[0].is_system_display_device = false;
  facts.gpus[1].is_system_display_device = true;
  facts.gpus[1].vendor_is_listed = true;
  facts.gpus[1].dom0_access = BootState::disable_on_reboot;
  const std::string text =
      "The primary card 0000:01:00.0 cannot be passed as things are: it is the system display "
      "device, and dom0 access to it is disable_on_reboot.";
  CHECK(unhealthy(facts) ==
        Checks{warning("primary_card", text,
                       "Reboot the host. Or make the on-board 0000:00:02.0 the primary card in the "
                       "firmware setup.")});
  facts.gpus.erase(facts.gpus.begin());
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card", text,
                "Reboot the host. Or switch on the on-board card, if there is one, and make it the "
                "primary one in the firmware setup."));
  facts.gpus[0].vendor_is_listed = false;
  facts.gpus[0].dom0_access = BootState::disabled;
  facts.gpus[0].function.driver = "pciback";
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card",
                "The primary card 0000:01:00.0 cannot be passed as things are: it is the system "
                "display device, and its vendor 10de is not among system_display_vendors.",
                "Make another card the primary one in the firmware setup, or add the vendor in "
                "/etc/xenlaunch/host.yaml."));
}

TEST_CASE("another card that dom0 uses is named, with what uses it") {
  DoctorFacts facts = healthy();
  facts.gpus[1].display_use = {"y; z (process 8) has /dev/dri/card0 open"};
  const std::string text =
      "0000:01:00.0 cannot be passed as things are: dom0's driver nouveau shows something on it: "
      "y; z (process 8) has /dev/dri/card0 open.";
  const std::string remedy =
      "End what uses it, or run `xenlaunch gpu disable-dom0-access 0000:01:00.0` and reboot the "
      "host.";
  CHECK(unhealthy(facts) == Checks{warning("gpu_in_use", text, remedy)});
  facts.qemu.has_igd_passthru = false;  // so the integrated one cannot be passed either
  CHECK(unhealthy(facts).back() == problem("gpu_in_use", text, remedy));
  facts.qemu.has_igd_passthru = true;
  facts.gpus.erase(facts.gpus.begin());
  CHECK(unhealthy(facts)[2] == problem("gpu_in_use", text, remedy));
}

TEST_CASE("at 00:02.0 only an Intel VGA controller with a video BIOS can be passed") {
  DoctorFacts facts = healthy();
  facts.gpus[0].function.class_code = 0x038000;
  CHECK(unhealthy(facts) ==
        Checks{warning("integrated_gpu",
                       "0000:00:02.0 (Intel HD 4600) cannot be passed as things are: at that "
                       "address QEMU passes only an Intel VGA controller (class 0300), and it is "
                       "8086:0412, class 038000.",
                       "Pass another card.")});
  facts = healthy();
  facts.gpus[0].function.has_rom_file = false;
  facts.gpus.pop_back();
  CHECK(unhealthy(facts)[1] ==
        problem("integrated_gpu",
                "0000:00:02.0 (Intel HD 4600) cannot be passed as things are: it has no video BIOS "
                "(no `rom` in sysfs), and QEMU cannot do without.",
                "Switch on legacy option ROMs (CSM) in the firmware setup: a host that boots by "
                "UEFI alone keeps none."));
}

TEST_CASE("a GPU that does not answer is named") {
  DoctorFacts facts = healthy();
  facts.gpus[1].function.answers = false;
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_answers",
                       "0000:01:00.0 cannot be passed as things are: " +
                           std::string{does_not_answer_reason} + ".",
                       "Switch the host off and on, which may take more than a reboot.")});
}

TEST_CASE("a GPU that a VM has is no trouble of the host's, but found") {
  DoctorFacts facts = healthy();
  facts.owners = {{{0, 1, 0, 0}, {.domid = 3, .name = "win10"}}};
  CHECK(unhealthy(facts).empty());
  CHECK(gpu_findings(facts) == std::vector<Finding>{{FindingCode::in_use_by_vm, "0000:01:00.0",
                                                     "win10 (domain 3) has it", ""}});
}

TEST_CASE("an integrated GPU whose part of the IOMMU Xen leaves off is not behind it") {
  DoctorFacts facts = healthy();
  facts.xen->boot_messages +=
      "(XEN) [VT-D] passed iommu=no-igfx option; disabling IGD VT-d engine\n";
  const Checks found = unhealthy(facts);
  CHECK(names(found) == std::vector<std::string>{"iommu_tables", "integrated_gpu"});
  CHECK(found[1] ==
        warning("integrated_gpu",
                "0000:00:02.0 (Intel HD 4600) cannot be passed as things are: Xen leaves its part "
                "of the IOMMU off (\"[VT-D] passed iommu=no-igfx option; disabling IGD VT-d "
                "engine\").",
                "Remove `no-igfx` from Xen's command line if it is there, else switch on VT-d for "
                "graphics in the firmware setup, or update the firmware."));
}

TEST_CASE("a card that is hidden but has a driver came into dom0's hands all the same") {
  DoctorFacts facts = healthy();
  facts.gpus[1].dom0_access = BootState::disabled;
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_hidden",
                       "0000:01:00.0 is hidden from dom0, but the driver nouveau has it: pciback "
                       "came too late, or did not understand its parameter.",
                       "See `dmesg | grep pciback`, and write xen-pciback.hide=(0000:01:00.0) on "
                       "dom0's command line. Where xen-pciback is a module, make it load before "
                       "nouveau: `softdep nouveau pre: xen-pciback` in a file below "
                       "/etc/modprobe.d, then `update-initramfs -u`, and reboot.")});
  facts.gpus[1].function.driver.reset();
  CHECK(unhealthy(facts).empty());
}

TEST_CASE("a card that cannot be reset may fail at its second start") {
  const std::string start = "0000:01:00.0 cannot be reset: ";
  const std::string end = ". A second start of a VM with it may fail.";
  const std::string remedy =
      "Shut the guest down properly rather than destroying it. If the card does not work at the "
      "next start, reboot the host.";
  DoctorFacts facts = healthy();
  facts.gpus[1].function.reset_methods.clear();
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_reset", start + "the kernel knows no way to do so" + end, remedy)});
  facts.gpus[1].function.reset_methods = {"bus"};
  facts.pci.functions.push_back(function_at({0, 1, 3, 0}, {0x1000, 1}, 0x040300));
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_reset",
                       start +
                           "the only way is to reset its whole bus, with 0000:01:03.0 on it, which "
                           "the kernel does not do" +
                           end,
                       remedy)});
  facts.gpus[1].function.reset_methods = {"flr", "bus"};
  CHECK(unhealthy(facts).empty());
}

TEST_CASE("the other functions of a card should go along") {
  DoctorFacts facts = healthy();
  facts.gpus[1].function.reset_methods = {"flr"};
  PciFunction virtual_function = function_at({0, 1, 0, 7}, {0x10de, 1}, 0x030000);
  virtual_function.is_virtual_function = true;
  for (const PciFunction& function :
       {card(1), function_at({0, 1, 0, 2}, {0x10de, 1}, 0x0c0330),
        function_at({0, 1, 0, 3}, {0x10de, 1}, 0x0c8000),
        function_at({0, 1, 0, 4}, {0x10de, 1}, 0x108000), function_at({0, 1, 0, 5}, {}, 0x060400),
        function_at({0, 1, 1, 0}, {}, 0x040300), function_at({1, 1, 0, 1}, {}, 0x040300),
        virtual_function})
    facts.pci.functions.push_back(function);
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_functions",
                       "0000:01:00.0 shares its device with 0000:01:00.1 (audio), 0000:01:00.2 "
                       "(USB), 0000:01:00.3 (USB-C) and 0000:01:00.4 (class 108000). Functions of "
                       "one device can reach each other past the IOMMU, and drivers in the guest "
                       "may want them all.",
                       "List 0000:01:00.1, 0000:01:00.2, 0000:01:00.3 and 0000:01:00.4 under pci "
                       "in the VM file, beside 0000:01:00.0.")});
}

TEST_CASE("a card that shares reserved memory is passed only under the relaxed policy") {
  DoctorFacts facts = healthy();
  facts.reserved_regions = {
      {0x7b800000, 0x7fffffff, {{0, 0, 2, 0}, {0, 0, 0x14, 0}, {0, 0, 0x1a, 0}}}};
  CHECK(unhealthy(facts) ==
        Checks{warning("shared_memory_regions",
                       "0000:00:02.0 (Intel HD 4600) shares the reserved memory 0x7b800000 to "
                       "0x7fffffff with 0000:00:14.0 and 0000:00:1a.0, so Xen does not pass it "
                       "under the usual policy.",
                       "Pass 0000:00:14.0 and 0000:00:1a.0 to the same VM as 0000:00:02.0, each "
                       "with `rdm_policy: relaxed`. Without the others that policy is dangerous: "
                       "guest and host then write to the same memory, and each can harm the other "
                       "through it.")});
}

}  // namespace
}  // namespace xenlaunch::test
