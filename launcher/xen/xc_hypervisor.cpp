#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "base/error.h"
#include "base/uuid.h"
#include "launcher/xen/domain_builder.h"
#include "launcher/xen/hypervisor.h"
#include "launcher/xen/xc_cpu_share.h"
#include "launcher/xen/xc_device_assignment.h"
#include "launcher/xen/xc_handle.h"
#include "launcher/xen/xc_numa_nodes.h"

namespace xenlaunch {
namespace {

/// SECINITSID_DOMU of Xen's XSM policy; ignored where XSM is off.
constexpr std::uint32_t domu_security_id = 12;
/// What asks Xen to choose a domain's number; 0 did so before it had a name.
#ifdef DOMID_ANY
constexpr Domid any_domid = DOMID_ANY;
#else
constexpr Domid any_domid = 0;
#endif

/// What Xen accepts for an HVM guest with a device model (emulation_flags_ok of
/// xen/arch/x86/domain.c).
std::uint32_t hvm_emulation(bool pirq) {
  const std::uint32_t all = XEN_X86_EMU_ALL & ~std::uint32_t{XEN_X86_EMU_VPCI};
  return chooses_at_create && !pirq ? all & ~std::uint32_t{XEN_X86_EMU_USE_PIRQ} : all;
}

/// What Xen and the libraries have to do with each other.
std::string fit(const std::string& running) {
  const std::string built_for = xen_built_for().to_string();
  return "it is Xen " + running + ", and this xenlaunch was built for Xen " + built_for +
         ", whose libraries speak to no other; install the xenlaunch that was built for this Xen, "
         "build it with this Xen's libxen-dev, or boot Xen " +
         built_for;
}

void set_handle(xen_domain_handle_t& handle, const std::string& uuid) {
  std::string digits = uuid;
  digits.erase(std::remove(digits.begin(), digits.end(), '-'), digits.end());
  for (std::size_t i = 0; i < sizeof handle; ++i)
    handle[i] = static_cast<std::uint8_t>(std::stoul(digits.substr(2 * i, 2), nullptr, 16));
}

DomainState state_of(const xc_domaininfo_t& info) {
  DomainState state{.domid = info.domain,
                    .dying = (info.flags & XEN_DOMINF_dying) != 0,
                    .shutdown = std::nullopt,
                    .paused = (info.flags & XEN_DOMINF_paused) != 0,
                    .uuid = uuid_text(std::to_array(info.handle)),
                    .memory_kib = info.tot_pages << (XC_PAGE_SHIFT - 10),
                    .vcpus = info.max_vcpu_id + 1U};
  if ((info.flags & XEN_DOMINF_shutdown) != 0)
    state.shutdown = static_cast<ShutdownReason>(info.flags >> XEN_DOMINF_shutdownshift &
                                                 XEN_DOMINF_shutdownmask);
  return state;
}

class XcHypervisor final : public Hypervisor {
 public:
  HypervisorInfo info() override {
    const xc_physinfo_t physical = physical_info();
    const auto has = [&physical](std::uint32_t capability) {
      return (physical.capabilities & capability) != 0;
    };
    const XenVersion running = parse_xen_version(version()).value_or(xen_built_for());
    return {.hvm = has(XEN_SYSCTL_PHYSCAP_hvm),
            .hap = has(XEN_SYSCTL_PHYSCAP_hap),
            .iommu = has(XEN_SYSCTL_PHYSCAP_directio),
            .free_kib = (physical.free_pages + physical.scrub_pages - physical.outstanding_pages)
                        << (XC_PAGE_SHIFT - 10),
            .last_cpu = physical.max_cpu_id,
            .version = running,
            .dom0_is_pvh = !has_pirqs(xc_, 0),
            .gives_gsis_from_pvh = can_map_gsis && running >= XenVersion{4, 21}};
  }

  std::string version() override {
    const int version = xc_version(xc_.get(), XENVER_version, nullptr);
    xc_.check(version, "ask Xen for its version");
    xen_extraversion_t extra{};
    xc_.check(xc_version(xc_.get(), XENVER_extraversion, &extra), "ask Xen for its version");
    return fmt::format("{}.{}{}", version >> 16, version & 0xffff, static_cast<const char*>(extra));
  }

  std::string command_line() override {
    xen_commandline_t line{};
    xc_.check(xc_version(xc_.get(), XENVER_commandline, &line), "ask Xen for its command line");
    return {line, ::strnlen(line, sizeof line)};
  }

  std::string messages() override {
    constexpr unsigned part = 16384;
    std::string text;
    std::uint32_t position = 0;
    for (unsigned got = part; got != 0;) {
      const std::size_t before = text.size();
      text.resize(before + part);
      got = part;
      xc_.check(xc_readconsolering(xc_.get(), text.data() + before, &got, 0, 1, &position),
                "read what Xen said at its boot");
      text.resize(before + got);
    }
    return text;
  }

  std::vector<std::optional<unsigned>> numa_nodes(const std::vector<PciAddress>& devices) override {
    return numa_nodes_of(xc_, devices);
  }

  std::optional<DomainState> domain(Domid domid) override {
    xc_domaininfo_t info{};
    const int count = xc_domain_getinfolist(xc_.get(), domid, 1, &info);
    xc_.check(count, fmt::format("look up domain {}", domid));
    if (count == 0 || info.domain != domid) return std::nullopt;
    return state_of(info);
  }

  std::optional<DomainState> find(const std::string& uuid) override {
    constexpr unsigned at_once = 64;
    std::optional<DomainState> found;
    std::array<xc_domaininfo_t, at_once> infos{};
    for (Domid first = 1;;) {
      const int count = xc_domain_getinfolist(xc_.get(), first, at_once, infos.data());
      xc_.check(count, "list the domains");
      if (count == 0) return found;
      for (int i = 0; i < count; ++i) {
        const DomainState state = state_of(infos[static_cast<std::size_t>(i)]);
        if (state.uuid == uuid && !state.dying) found = state;
      }
      first = infos[static_cast<std::size_t>(count) - 1].domain + 1U;
    }
  }

  Domid create(const DomainSpec& spec, const std::string& uuid) override {
    const xc_physinfo_t physical = physical_info();
    const bool hap = (physical.capabilities & XEN_SYSCTL_PHYSCAP_hap) != 0;
    xen_domctl_createdomain config{};
    config.ssidref = domu_security_id;
    set_handle(config.handle, uuid);
    config.flags = XEN_DOMCTL_CDF_hvm | (hap ? XEN_DOMCTL_CDF_hap : 0U) |
                   (spec.platform.nested_virt ? XEN_DOMCTL_CDF_nested_virt : 0U);
    if (!spec.devices.empty()) {
      config.flags |= XEN_DOMCTL_CDF_iommu;
      const bool share =
          hap && (physical.capabilities & XEN_SYSCTL_PHYSCAP_iommu_hap_pt_share) != 0;
      config.iommu_opts = share ? 0 : XEN_DOMCTL_IOMMU_no_sharept;
    }
    config.max_vcpus = spec.vcpus;
    config.max_evtchn_port = 1023;
    config.max_grant_frames = -1;
    config.max_maptrack_frames = -1;
    config.grant_opts = XEN_DOMCTL_GRANT_version(
        (physical.capabilities & XEN_SYSCTL_PHYSCAP_gnttab_v2) != 0 ? 2U : 1U);
    config.arch.emulation_flags = hvm_emulation(spec.platform.hvm_pirq);
    Domid domid = any_domid;
    xc_.forget_messages();
    xc_.check(xc_domain_create(xc_.get(), &domid, &config), "create the domain");
    return domid;
  }

  /// In the order of libxl__build_pre and libxl__arch_domain_create (tools/libs/light/libxl_dom.c,
  /// libxl_x86.c).
  ChannelPorts configure(Domid domid, const DomainSpec& spec, Domid store_domid,
                         Domid console_domid) override {
    store_domid_ = store_domid;
    console_domid_ = console_domid;
    xc_interface* xc = xc_.get();
    xc_.forget_messages();
    xc_.check(xc_domain_max_vcpus(xc, domid, spec.vcpus),
              fmt::format("give the domain {} vCPUs", spec.vcpus));
    const std::uint64_t memory_kib = spec.memory_mib * 1024;
    xc_.check(xc_domain_setmaxmem(xc, domid, memory_kib + spec.slack_kib),
              "set the domain's memory limit");
    const ChannelPorts ports{.store = channel(domid, store_domid),
                             .console = channel(domid, console_domid)};
    set_param(domid, HVM_PARAM_HPET_ENABLED, spec.platform.hpet ? 1 : 0);
    set_param(domid, HVM_PARAM_VPT_ALIGN, 1);
    set_param(domid, HVM_PARAM_TIMER_MODE, 1);  // HVMPTM_no_delay_for_missed_ticks
    if constexpr (!chooses_at_create) set_param(domid, HVM_PARAM_ALTP2M, 0);
    if (const std::uint64_t mask = viridian_mask(spec.platform.viridian); mask != 0)
      set_param(domid, HVM_PARAM_VIRIDIAN, mask);
    xc_.check(xc_domain_set_tsc_info(xc, domid, static_cast<std::uint32_t>(spec.platform.tsc_mode),
                                     0, 0, 0),
              "set the domain's TSC mode");
    if (const std::int64_t offset = clock_offset(spec.clock, std::time(nullptr)); offset != 0)
      xc_.check(xc_domain_set_time_offset(xc, domid, static_cast<std::int32_t>(offset)),
                "set the guest's clock");
    set_cpu_share(xc_, domid, spec.vcpus, spec.cpu);
    xc_.check(xc_set_paging_mempool_size(xc, domid, paging_pool_kib(spec) << 10),
              "size the domain's paging pool");
    // A guest with a device is never migrated, so it may be told of an invariant TSC.
    xc_.check(xc_cpuid_apply_policy(xc, domid, /*restore=*/false, nullptr, 0, /*pae=*/true,
                                    /*itsc=*/!spec.devices.empty(),
                                    /*nested_virt=*/spec.platform.nested_virt, nullptr, nullptr),
              "set the domain's CPU policy");
    return ports;
  }

  RingFrames build(Domid domid, const DomainSpec& spec, const ChannelPorts& ports,
                   std::vector<std::string>& warnings) override {
    return build_hvm(xc_, domid, spec, ports, store_domid_, console_domid_, warnings);
  }

  void pause(Domid domid) override {
    check_unless_gone(xc_domain_pause(xc_.get(), domid), "pause the domain");
  }

  void unpause(Domid domid) override {
    xc_.forget_messages();
    xc_.check(xc_domain_unpause(xc_.get(), domid), "unpause the domain");
  }

  void destroy(Domid domid) override {
    check_unless_gone(xc_domain_destroy(xc_.get(), domid), fmt::format("destroy domain {}", domid));
  }

  bool has_pv_drivers(Domid domid) override {
    std::uint64_t interrupt = 0;
    xc_.check(xc_hvm_param_get(xc_.get(), domid, HVM_PARAM_CALLBACK_IRQ, &interrupt),
              "ask whether the guest has Xen drivers");
    return interrupt != 0;
  }

  void press_power_button(Domid domid) override {
    xc_.check(xc_domain_send_trigger(xc_.get(), domid, XEN_DOMCTL_SENDTRIGGER_POWER, 0),
              "press the guest's power button");
  }

  void press_reset_button(Domid domid) override {
    xc_.check(xc_domain_shutdown(xc_.get(), domid, SHUTDOWN_reboot), "reset the guest");
  }

  void assign(Domid domid, const DeviceGrant& device) override {
    assign_device(xc_, domid, device);
  }
  void deassign(Domid domid, const PciAddress& device) override {
    deassign_device(xc_, domid, device);
  }
  bool is_assigned(const PciAddress& device) override {
    // Of no domain in particular; EINVAL is "already assigned, or non-existent"
    // (iommu_do_pci_domctl, xen/drivers/passthrough/pci.c).
    return xc_test_assign_device(xc_.get(), DOMID_INVALID, device.sbdf()) < 0 && errno == EINVAL;
  }
  void quarantine(const PciAddress& device) override { quarantine_device(xc_, device); }
  void release_to_dom0(const PciAddress& device) override {
    deassign_device(xc_, DOMID_IO, device);
  }

 private:
  xc_physinfo_t physical_info() {
    xc_physinfo_t physical{};
    xc_.forget_messages();
    int result = xc_physinfo(xc_.get(), &physical);
    // The two interfaces have a version each, and a call of another one's is refused
    // (do_domctl of xen/common/domctl.c, do_sysctl of xen/common/sysctl.c).
    xc_vcpuinfo_t vcpu{};
    if (result >= 0) result = xc_vcpu_getinfo(xc_.get(), 0, 0, &vcpu);
    if (result < 0 && errno == EACCES)
      throw Error{ExitCode::xen, "cannot work with this Xen: " + fit(version())};
    xc_.check(result, "ask Xen about this host");
    return physical;
  }

  void check_unless_gone(int result, const std::string& action) {
    if (result < 0 && errno != ESRCH) xc_.fail(action, errno);
  }

  std::uint32_t channel(Domid domid, Domid remote) {
    const int port = xc_evtchn_alloc_unbound(xc_.get(), domid, remote);
    xc_.check(port, "allocate an event channel for the domain");
    return static_cast<std::uint32_t>(port);
  }

  void set_param(Domid domid, std::uint32_t param, std::uint64_t value) {
    xc_.check(xc_hvm_param_set(xc_.get(), domid, param, value),
              fmt::format("set the domain's HVM parameter {}", param));
  }

  XcHandle xc_;
  Domid store_domid_ = 0;
  Domid console_domid_ = 0;
};

}  // namespace

std::unique_ptr<Hypervisor> make_xc_hypervisor() {
  return std::make_unique<XcHypervisor>();
}

}  // namespace xenlaunch
