#include "tests/unit/checks/healthy_host.h"

namespace xenlaunch::test {
namespace {

/// The integrated GPU as dom0's and the host's own.
DoctorFacts with_primary_in_use() {
  DoctorFacts facts = healthy();
  facts.devices.gpus[0].dom0_access = BootState::enabled;
  facts.devices.gpus[0].host_display = BootState::enabled;
  return facts;
}

TEST_CASE("a host without any GPU has nothing to pass") {
  DoctorFacts facts = healthy();
  facts.devices.gpus.clear();
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
  facts.devices.gpus.pop_back();
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card", text,
                remedy + "Or put another card in, and make that the primary one in the firmware "
                         "setup."));
}

TEST_CASE("a discrete primary card gives way to the on-board one") {
  DoctorFacts facts = healthy();
  facts.devices.gpus[0].is_system_display_device = false;
  facts.devices.gpus[1].is_system_display_device = true;
  facts.devices.gpus[1].vendor_is_listed = true;
  facts.devices.gpus[1].dom0_access = BootState::disable_on_reboot;
  const std::string text =
      "The primary card 0000:01:00.0 cannot be passed as things are: it is the system display "
      "device, and dom0 access to it is disable_on_reboot.";
  CHECK(unhealthy(facts) ==
        Checks{warning("primary_card", text,
                       "Reboot the host. Or make the on-board 0000:00:02.0 the primary card in the "
                       "firmware setup.")});
  facts.devices.gpus.erase(facts.devices.gpus.begin());
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card", text,
                "Reboot the host. Or switch on the on-board card, if there is one, and make it the "
                "primary one in the firmware setup."));
  facts.devices.gpus[0].vendor_is_listed = false;
  facts.devices.gpus[0].dom0_access = BootState::disabled;
  facts.devices.gpus[0].function.driver = "pciback";
  CHECK(unhealthy(facts)[1] ==
        problem("primary_card",
                "The primary card 0000:01:00.0 cannot be passed as things are: it is the system "
                "display device, and its vendor 10de is not among system_display_vendors.",
                "Make another card, if there is one, the primary one in the firmware setup, or add "
                "the vendor in "
                "/etc/xenlaunch/host.yaml."));
}

TEST_CASE("another card that dom0 uses is named, with what uses it") {
  DoctorFacts facts = healthy();
  facts.devices.gpus[1].display_use = {"y; z (process 8) has /dev/dri/card0 open"};
  const std::string text =
      "0000:01:00.0 cannot be passed as things are: dom0 uses it through its driver nouveau: "
      "y; z (process 8) has /dev/dri/card0 open.";
  const std::string remedy =
      "End what uses it, or run `xenlaunch gpu disable-dom0-access 0000:01:00.0` and reboot the "
      "host.";
  CHECK(unhealthy(facts) == Checks{warning("gpu_in_use", text, remedy)});
  facts.qemu.has_igd_passthru = false;  // so the integrated one cannot be passed either
  CHECK(unhealthy(facts).back() == problem("gpu_in_use", text, remedy));
  facts.qemu.has_igd_passthru = true;
  facts.devices.gpus.erase(facts.devices.gpus.begin());
  CHECK(unhealthy(facts)[2] == problem("gpu_in_use", text, remedy));
}

TEST_CASE("at 00:02.0 only an Intel VGA controller with a video BIOS can be passed") {
  DoctorFacts facts = healthy();
  facts.devices.gpus[0].function.class_code = 0x038000;
  CHECK(unhealthy(facts) ==
        Checks{warning("integrated_gpu",
                       "0000:00:02.0 (Intel HD 4600) cannot be passed as things are: at that "
                       "address QEMU passes only an Intel VGA controller (class 0300), and it is "
                       "8086:0412, class 038000.",
                       "Pass another card.")});
  facts = healthy();
  facts.devices.gpus[0].function.has_rom_file = false;
  facts.devices.gpus.pop_back();
  CHECK(unhealthy(facts)[1] ==
        problem("integrated_gpu",
                "0000:00:02.0 (Intel HD 4600) cannot be passed as things are: it has no video BIOS "
                "(`rom` in sysfs), as where the firmware boots by UEFI alone, and QEMU cannot do "
                "without.",
                "Switch on legacy option ROMs (CSM) in the firmware setup where it has them, "
                "name a file with its video BIOS as `romfile` in the VM file, or pass another "
                "card."));
}

TEST_CASE("a GPU that does not answer is named") {
  DoctorFacts facts = healthy();
  facts.devices.gpus[1].function.answers = false;
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_answers",
                       "0000:01:00.0 cannot be passed as things are: " +
                           std::string{does_not_answer_reason} + ".",
                       "Switch the host off and on, which may take more than a reboot.")});
}

TEST_CASE("a GPU that a VM has is no trouble of the host's, but found") {
  DoctorFacts facts = healthy();
  facts.devices.owners = {{{0, 1, 0, 0}, {.domid = 3, .name = "win10"}}};
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
                "Switch on VT-d for graphics in the firmware setup, or update the firmware."));
}

TEST_CASE("a card that is hidden but has a driver came into dom0's hands all the same") {
  DoctorFacts facts = healthy();
  facts.devices.gpus[1].dom0_access = BootState::disabled;
  CHECK(unhealthy(facts) ==
        Checks{warning("gpu_hidden",
                       "0000:01:00.0 is hidden from dom0, but the driver nouveau has it: pciback "
                       "came too late, or did not understand its parameter.",
                       "See `dmesg | grep pciback`, and write xen-pciback.hide=(0000:01:00.0) on "
                       "dom0's command line. Where xen-pciback is a module, make it load before "
                       "nouveau: `softdep nouveau pre: xen-pciback` in a file below "
                       "/etc/modprobe.d, then `update-initramfs -u`, and reboot.")});
  facts.devices.gpus[1].function.driver.reset();
  CHECK(unhealthy(facts).empty());
}

TEST_CASE("an APU's GPU is the on-board one, and so is a server's") {
  const auto advice = [](const PciFunction& primary, const PciFunction& beside) {
    DoctorFacts facts = with_primary_in_use();
    facts.devices.gpus = {facts.devices.gpus[0]};
    facts.devices.gpus[0].function = primary;
    facts.devices.pci = host_with({primary, beside});
    const std::string remedy = unhealthy(facts)[1].remedy;
    return remedy.substr(remedy.find(" Or ") + 1);
  };
  const std::string another =
      "Or put another card in, and make that the primary one in the "
      "firmware setup.";
  const PciFunction apu = function_at({0, 0xe3, 0, 0}, {0x1002, 0x1681}, 0x030000);
  const PciFunction ccp = function_at({0, 0xe3, 0, 2}, {0x1022, 0x1649}, 0x108000);
  CHECK(advice(apu, ccp) == another);
  CHECK(advice(function_at({0, 3, 0, 0}, {0x1a03, 0x2000}, 0x030000), ccp) == another);
  CHECK(advice(apu, sound()) ==
        "Or switch on the on-board card, if there is one, and make it the primary one in the "
        "firmware setup.");
}

TEST_CASE("a device that dom0 lacks since it was not reset is told, whatever it is") {
  DoctorFacts facts = healthy();
  facts.devices.unreset = {{sound().address, "win10"}};
  const Checks found = unhealthy(facts);
  REQUIRE(found.size() == 1);
  CHECK(found[0].name == "unreset_devices");
  CHECK(found[0].status == CheckStatus::warning);
  CHECK(found[0].text ==
        "0000:00:03.0: the guest of win10 had it, and it was not reset since, so it stays with "
        "pciback, where VMs can have it.");
  facts.devices.owners = {{sound().address, {.domid = 3, .name = "win10"}}};
  CHECK(unhealthy(facts).empty());
}

TEST_CASE("what a GPU has to do with its neighbours has a line of its own for each") {
  DoctorFacts facts = healthy();
  PciFunction& discrete = facts.devices.gpus[1].function;
  discrete.reset_methods.clear();
  facts.devices.pci.functions.push_back(card(1));
  facts.devices.reserved_regions = {{0x1000, 0x1fff, {{0, 0, 0x14, 0}, {0, 1, 0, 0}}, 2}};
  const Checks found = unhealthy(facts);
  CHECK(names(found) ==
        std::vector<std::string>{"gpu_reset", "gpu_functions", "shared_memory_regions"});
  CHECK(found[1] ==
        warning("gpu_functions",
                "0000:01:00.0: 0000:01:00.1 (audio) is part of the same card: drivers in the guest "
                "may want it, and functions of one device can reach each other past the IOMMU.",
                "List 0000:01:00.1 under pci in the VM file, beside 0000:01:00.0."));
  CHECK(found[2].status == CheckStatus::warning);
  // Where no other GPU can be passed, what blocks one is the host's problem.
  facts.devices.gpus.erase(facts.devices.gpus.begin());
  const Checks alone = unhealthy(facts);
  CHECK(alone.back().name == "shared_memory_regions");
  CHECK(alone.back().status == CheckStatus::problem);
}

}  // namespace
}  // namespace xenlaunch::test
