#include "launcher/import/key_rules.h"

#include <algorithm>
#include <array>

namespace xenlaunch {
namespace {

/// How the value decides what becomes of a key.
enum class Rule {
  drop,             ///< nothing is lost, whatever it says
  lose,             ///< its effect is lost
  lose_unless_off,  ///< a number: 0 loses nothing
  lose_unless_on,   ///< a number: all but 0 loses nothing
  lose_unless,      ///< a text: `harmless` loses nothing
  refuse_if_any,    ///< devices: only an empty list is none
  refuse_unless_off,
};

struct KeyRule {
  std::string_view key;
  Rule rule = Rule::drop;
  std::string_view reason{};
  std::string_view harmless{};
};

constexpr std::string_view not_hvm = "it is for PV and PVH guests alone";
constexpr std::string_view not_x86 = "it is for ARM alone";
constexpr std::string_view not_a_device = "xenlaunch has no such devices";
constexpr std::string_view no_window = "a window on dom0's screen is not supported; there is vnc";
constexpr std::string_view no_spice = "SPICE is not supported; there is vnc";
constexpr std::string_view of_spice = "it is for SPICE alone";
constexpr std::string_view always_on = "it is always on";
constexpr std::string_view as_always = "the limit is Xen's usual one";
constexpr std::string_view no_stubdom = "QEMU in a domain of its own is not supported";
constexpr std::string_view of_stubdom = "it is for QEMU in a domain of its own alone";
constexpr std::string_view no_flask = "labels of XSM are not supported";
constexpr std::string_view of_xm = "it was xm's; xl takes no notice of it";
constexpr std::string_view gone = "the scheduler that had it is gone since Xen 4.6";

// What xl reads and no topic converts: xl_parse.c of RELEASE-4.17.0 to RELEASE-4.22.0.
constexpr std::array rules{
    KeyRule{"acpi", Rule::lose_unless_on, always_on},
    KeyRule{"acpi_firmware", Rule::lose, "tables of the host's are not supported"},
    KeyRule{"acpi_laptop_slate", Rule::lose_unless_off, "it is always off"},
    KeyRule{"acpi_s3", Rule::lose_unless_on, always_on},
    KeyRule{"acpi_s4", Rule::lose_unless_on, always_on},
    KeyRule{"altp2m", Rule::lose_unless, "alternate views of memory are always off", "disabled"},
    KeyRule{"altp2m_count", Rule::drop, "alternate views of memory are always off"},
    KeyRule{"altp2mhvm", Rule::lose_unless_off, "alternate views of memory are always off"},
    KeyRule{"apic", Rule::lose_unless_on, always_on},
    KeyRule{"arm_sci", Rule::drop, not_x86},
    KeyRule{"bootloader", Rule::drop, not_hvm},
    KeyRule{"bootloader_args", Rule::drop, not_hvm},
    KeyRule{"bootloader_restrict", Rule::drop, not_hvm},
    KeyRule{"bootloader_user", Rule::drop, not_hvm},
    KeyRule{"channel", Rule::refuse_if_any, not_a_device},
    KeyRule{"cpuid", Rule::lose, "the guest sees the processor as Xen shows it by default"},
    KeyRule{"cpus_soft", Rule::lose, "only a hard limit is supported, as cpu.pin"},
    KeyRule{"device_model", Rule::drop, "xl takes no notice of it; device_model_override counts"},
    KeyRule{"device_model_args_pv", Rule::drop, not_hvm},
    KeyRule{"device_model_stubdomain_override", Rule::refuse_unless_off, no_stubdom},
    KeyRule{"device_model_stubdomain_seclabel", Rule::drop, of_stubdom},
    KeyRule{"device_model_user", Rule::lose,
            "QEMU runs as root: as a user it cannot open a device"},
    KeyRule{"device_tree", Rule::drop, not_x86},
    KeyRule{"display", Rule::drop, "it is for sdl alone"},
    KeyRule{"dm_restrict", Rule::lose_unless_off, "a restricted QEMU cannot map a passed device"},
    KeyRule{"driver_domain", Rule::lose_unless_off, "a guest cannot serve devices to others"},
    KeyRule{"dtdev", Rule::drop, not_x86},
    KeyRule{"e820_host", Rule::drop, not_hvm},
    KeyRule{"extratime", Rule::drop, gone},
    KeyRule{"firmware_override", Rule::lose, "the program in place of hvmloader cannot be chosen"},
    KeyRule{"gic_version", Rule::drop, not_x86},
    KeyRule{"hap", Rule::lose_unless_on, "it is on wherever the processor has it"},
    KeyRule{"init_seclabel", Rule::lose, no_flask},
    KeyRule{"iomem", Rule::refuse_if_any, "single ranges of the host's memory cannot be passed"},
    KeyRule{"ioports", Rule::refuse_if_any, "single ports of the host cannot be passed"},
    KeyRule{"irqs", Rule::refuse_if_any, "single interrupts of the host cannot be passed"},
    KeyRule{"latency", Rule::drop, gone},
    KeyRule{"llc_colors", Rule::drop, not_x86},
    KeyRule{"max_event_channels", Rule::lose, as_always},
    KeyRule{"max_grant_frames", Rule::lose, as_always},
    KeyRule{"max_grant_version", Rule::lose, as_always},
    KeyRule{"max_maptrack_frames", Rule::lose, as_always},
    KeyRule{"mca_caps", Rule::lose, "the guest sees no machine check capabilities"},
    KeyRule{"ms_vm_genid", Rule::lose_unless, "the guest gets no generation id", "none"},
    KeyRule{"msr_relaxed", Rule::lose_unless_off, "it is always off"},
    KeyRule{"nographic", Rule::drop, "QEMU never opens a window"},
    KeyRule{"nomigrate", Rule::lose_unless_off,
            "no guest here migrates, and none is promised a steady TSC for it"},
    KeyRule{"nr_spis", Rule::drop, not_x86},
    KeyRule{"nx", Rule::lose_unless_on, always_on},
    KeyRule{"on_soft_reset", Rule::lose_unless, "a soft reset is a reboot", "restart"},
    KeyRule{"oos", Rule::drop, "it is for memory without the processor's help alone"},
    KeyRule{"opengl", Rule::drop, "it is for sdl alone"},
    KeyRule{"p9", Rule::refuse_if_any, not_a_device},
    KeyRule{"pae", Rule::lose_unless_on, always_on},
    KeyRule{"passthrough", Rule::lose_unless, "it is decided by whether devices are passed",
            "default"},
    KeyRule{"period", Rule::lose_unless_off, "it is for the real-time scheduler alone"},
    KeyRule{"pool", Rule::lose_unless, "every guest is in Pool-0", "Pool-0"},
    KeyRule{"pvcalls", Rule::refuse_if_any, not_a_device},
    KeyRule{"pvshim", Rule::drop, not_hvm},
    KeyRule{"pvshim_cmdline", Rule::drop, not_hvm},
    KeyRule{"pvshim_extra", Rule::drop, not_hvm},
    KeyRule{"pvshim_path", Rule::drop, not_hvm},
    KeyRule{"rdm_mem_boundary", Rule::lose, "the boundary is libxl's usual one"},
    KeyRule{"sdl", Rule::lose_unless_off, no_window},
    KeyRule{"seclabel", Rule::lose, no_flask},
    KeyRule{"shadow_memory", Rule::lose, "the amount is computed as libxl does by default"},
    KeyRule{"slice", Rule::drop, gone},
    KeyRule{"smbios", Rule::lose, "the guest's SMBIOS tables are hvmloader's"},
    KeyRule{"smbios_firmware", Rule::lose, "the guest's SMBIOS tables are hvmloader's"},
    KeyRule{"spice", Rule::refuse_unless_off, no_spice},
    KeyRule{"spice_clipboard_sharing", Rule::drop, of_spice},
    KeyRule{"spice_image_compression", Rule::drop, of_spice},
    KeyRule{"spice_streaming_video", Rule::drop, of_spice},
    KeyRule{"spiceagent_mouse", Rule::drop, of_spice},
    KeyRule{"spicedisable_ticketing", Rule::drop, of_spice},
    KeyRule{"spicehost", Rule::drop, of_spice},
    KeyRule{"spicepasswd", Rule::drop, of_spice},
    KeyRule{"spiceport", Rule::drop, of_spice},
    KeyRule{"spicetls_port", Rule::drop, of_spice},
    KeyRule{"spiceusbredirection", Rule::drop, of_spice},
    KeyRule{"spicevdagent", Rule::drop, of_spice},
    KeyRule{"stubdomain_cmdline", Rule::drop, of_stubdom},
    KeyRule{"stubdomain_kernel", Rule::drop, of_stubdom},
    KeyRule{"stubdomain_memory", Rule::drop, of_stubdom},
    KeyRule{"stubdomain_ramdisk", Rule::drop, of_stubdom},
    KeyRule{"sve", Rule::drop, not_x86},
    KeyRule{"tee", Rule::drop, not_x86},
    KeyRule{"timer_mode", Rule::lose_unless, "it is always no_delay_for_missed_ticks",
            "no_delay_for_missed_ticks"},
    KeyRule{"trap_unmapped_accesses", Rule::drop, not_x86},
    KeyRule{"usbctrl", Rule::refuse_if_any,
            "controllers of their own are not supported; usb.controller is one"},
    KeyRule{"usbdev", Rule::refuse_if_any,
            "a device by bus and address, which change with each plugging in; name it under "
            "usb.devices by its ids"},
    KeyRule{"vdispl", Rule::refuse_if_any, not_a_device},
    KeyRule{"vendor_device", Rule::lose_unless, not_a_device, "none"},
    KeyRule{"vfb", Rule::refuse_if_any, "a paravirtual screen is not supported; there is vnc"},
    KeyRule{"vif2", Rule::drop, "xl takes no notice of it"},
    KeyRule{"virtio", Rule::refuse_if_any, not_a_device},
    KeyRule{"vkb", Rule::refuse_if_any, not_a_device},
    KeyRule{"vkb_device", Rule::lose_unless_off, "there is no paravirtual keyboard"},
    KeyRule{"vmtrace_buf_kb", Rule::lose_unless_off, "processor traces are not supported"},
    KeyRule{"vncviewer", Rule::drop, "xl takes no notice of it"},
    KeyRule{"vnuma", Rule::lose, "the guest sees one NUMA node"},
    KeyRule{"vpmu", Rule::lose_unless_off, "the guest has no performance counters"},
    KeyRule{"vpt_align", Rule::lose_unless_on, always_on},
    KeyRule{"vsnd", Rule::refuse_if_any, not_a_device},
    KeyRule{"vtpm", Rule::refuse_if_any, not_a_device},
    KeyRule{"vuart", Rule::drop, not_x86},
    KeyRule{"xauthority", Rule::drop, "it is for sdl alone"},
    KeyRule{"xen_platform_pci", Rule::lose_unless_on, "every guest has the Xen platform device"},
    KeyRule{"xen_platform_pci_bar_uc", Rule::lose_unless_on, always_on},
    KeyRule{"xend_suspend_evtchn_compat", Rule::drop, "no guest here is suspended"},
    KeyRule{"xenstore_feature_mask", Rule::lose, as_always},
    KeyRule{"xenstore_quota", Rule::lose, as_always},
};

// Keys of xm, which xl does not read, as files of that time have them.
constexpr std::array old_rules{
    KeyRule{"monitor", Rule::lose_unless_off, of_xm},
    KeyRule{"on_xend_start", Rule::lose_unless, of_xm, "ignore"},
    KeyRule{"on_xend_stop", Rule::drop, of_xm},
    KeyRule{"parallel", Rule::lose_unless, of_xm, "none"},
    KeyRule{"vncconsole", Rule::lose_unless_off, of_xm},
    KeyRule{"xen_extended_power_mgmt", Rule::drop, of_xm},
};

// What the topics have, for likely names and tests.
constexpr std::array topic_keys = std::to_array<std::string_view>({"bios",
                                                                   "bios_path_override",
                                                                   "boot",
                                                                   "builder",
                                                                   "cap",
                                                                   "cmdline",
                                                                   "cpu_weight",
                                                                   "cpus",
                                                                   "disk",
                                                                   "device_model_args",
                                                                   "extra",
                                                                   "device_model_args_hvm",
                                                                   "firmware",
                                                                   "device_model_override",
                                                                   "gfx_passthru",
                                                                   "device_model_version",
                                                                   "hdtype",
                                                                   "hpet",
                                                                   "hvm_pirq",
                                                                   "kernel",
                                                                   "keymap",
                                                                   "localtime",
                                                                   "maxmem",
                                                                   "maxvcpus",
                                                                   "memory",
                                                                   "mmio_hole",
                                                                   "name",
                                                                   "nestedhvm",
                                                                   "on_crash",
                                                                   "on_poweroff",
                                                                   "on_reboot",
                                                                   "on_watchdog",
                                                                   "pci",
                                                                   "pci_msitranslate",
                                                                   "pci_permissive",
                                                                   "pci_power_mgmt",
                                                                   "pci_seize",
                                                                   "ramdisk",
                                                                   "rdm",
                                                                   "root",
                                                                   "rtc_timeoffset",
                                                                   "serial",
                                                                   "soundhw",
                                                                   "stdvga",
                                                                   "tsc_mode",
                                                                   "type",
                                                                   "usb",
                                                                   "usbdevice",
                                                                   "usbversion",
                                                                   "uuid",
                                                                   "vcpus",
                                                                   "vga",
                                                                   "videoram",
                                                                   "vif",
                                                                   "viridian",
                                                                   "vnc",
                                                                   "vncdisplay",
                                                                   "vnclisten",
                                                                   "vncpasswd",
                                                                   "vncunused"});

bool is_empty(const XlSetting& setting) {
  return setting.is_list ? setting.items.empty() : setting.text.empty();
}

void drop_or_lose(Conversion& c, const KeyRule& rule, bool loses) {
  const std::string reason{rule.reason};
  loses ? c.lost(rule.key, reason) : c.dropped(rule.key, reason);
}

void apply(Conversion& c, const KeyRule& rule) {
  const XlSetting& setting = *c.find(rule.key);
  switch (rule.rule) {
    case Rule::drop:
      return drop_or_lose(c, rule, false);
    case Rule::lose:
      return drop_or_lose(c, rule, !is_empty(setting));
    case Rule::lose_unless_off:
    case Rule::lose_unless_on:
      if (const auto on = c.truth(rule.key))
        drop_or_lose(c, rule, *on == (rule.rule == Rule::lose_unless_off));
      return;
    case Rule::lose_unless:
      // Some are numbers, too, of which 0 is the default.
      return drop_or_lose(
          c, rule, setting.is_list || (setting.text != rule.harmless && setting.number != 0));
    case Rule::refuse_if_any:
      return is_empty(setting) ? drop_or_lose(c, rule, false)
                               : c.refused(rule.key, std::string{rule.reason});
    case Rule::refuse_unless_off:
      if (const auto on = c.truth(rule.key))
        *on ? c.refused(rule.key, std::string{rule.reason}) : drop_or_lose(c, rule, false);
      return;
  }
}

}  // namespace

void convert_other_keys(Conversion& c) {
  for (const KeyRule& rule : rules)
    if (c.has(rule.key) && !c.is_told(rule.key)) apply(c, rule);
  for (const KeyRule& rule : old_rules)
    if (c.has(rule.key) && !c.is_told(rule.key)) apply(c, rule);
}

std::vector<std::string_view> known_xl_keys() {
  std::vector<std::string_view> keys{topic_keys.begin(), topic_keys.end()};
  for (const KeyRule& rule : rules) keys.push_back(rule.key);
  for (const KeyRule& rule : old_rules) keys.push_back(rule.key);
  std::ranges::sort(keys);
  return keys;
}

}  // namespace xenlaunch
