#include "launcher/xen/domain_builder.h"

#include <sys/mman.h>

#include <cerrno>
#include <cstring>
#include <memory>

#include "base/error.h"
#include "launcher/xen/memory_layout.h"

namespace xenlaunch {
namespace {

struct ReleaseImage {
  void operator()(xc_dom_image* image) const { xc_dom_release(image); }
};
using Image = std::unique_ptr<xc_dom_image, ReleaseImage>;

/// Pages at 0xa0000 that the emulated VGA's window takes out of RAM (LIBXL_VGA_HOLE_SIZE).
constexpr xen_pfn_t vga_hole_pages = 0x20;

std::vector<ReservedRegion> reserved_regions(XcHandle& xc, const DeviceGrant& device) {
  const PciAddress& address = device.address;
  const auto devfn = static_cast<std::uint8_t>(address.device << 3 | address.function);
  const auto query = [&](xen_reserved_device_memory* entries, std::uint32_t& count) {
    return xc_reserved_device_memory_map(xc.get(), 0, static_cast<std::uint16_t>(address.segment),
                                         address.bus, devfn, entries, &count);
  };
  std::uint32_t count = 0;
  if (query(nullptr, count) == 0) return {};
  // Hypervisors without an IOMMU driver for it do not know the call; such a host reserves nothing.
  if (errno == ENOSYS || errno == EOPNOTSUPP) return {};
  if (errno != ENOBUFS) xc.fail("ask for the reserved memory of " + address.to_string(), errno);
  std::vector<xen_reserved_device_memory> entries(count);
  xc.check(query(entries.data(), count), "ask for the reserved memory of " + address.to_string());
  std::vector<ReservedRegion> regions;
  for (const xen_reserved_device_memory& entry : entries)
    regions.push_back({entry.start_pfn << XC_PAGE_SHIFT, entry.nr_pages << XC_PAGE_SHIFT, address,
                       device.rdm_policy});
  return regions;
}

MemoryLayout layout_for(XcHandle& xc, const DomainSpec& spec) {
  std::vector<ReservedRegion> reserved;
  for (const DeviceGrant& device : spec.devices) {
    const std::vector<ReservedRegion> regions = reserved_regions(xc, device);
    reserved.insert(reserved.end(), regions.begin(), regions.end());
  }
  return lay_out_memory((spec.memory_mib - spec.videoram_mib) << 20, spec.mmio_hole_mib << 20,
                        reserved);
}

/// The library frees the blob with the image.
void load_firmware(xc_dom_image& image, const std::string& path) {
  std::size_t size = 0;
  void* blob = xc_dom_malloc_filemap(&image, path.c_str(), &size, XC_DOM_DECOMPRESS_MAX);
  if (blob == nullptr) throw_errno(ExitCode::xen, errno, "load the guest's firmware from " + path);
  image.system_firmware_module.data = static_cast<std::uint8_t*>(blob);
  image.system_firmware_module.length = static_cast<std::uint32_t>(size);
}

void set_memory_map(XcHandle& xc, Domid domid, xc_dom_image& image, const MemoryLayout& layout) {
  const std::size_t count = layout.map.size();
  image.e820 = static_cast<e820entry*>(xc_dom_malloc(&image, count * sizeof(e820entry)));
  if (image.e820 == nullptr) throw_errno(ExitCode::xen, ENOMEM, "make the guest's memory map");
  for (std::size_t i = 0; i < count; ++i) {
    const MemoryRange& range = layout.map[i];
    image.e820[i] = {.addr = range.start,
                     .size = range.size,
                     .type = range.kind == MemoryRange::Kind::ram ? std::uint32_t{E820_RAM}
                                                                  : std::uint32_t{E820_RESERVED}};
  }
  image.e820_entries = static_cast<unsigned>(count);
  xc.check(xc_domain_set_memory_map(xc.get(), domid, image.e820, image.e820_entries),
           "set the guest's memory map");
}

/// The library leaves one vCPU in hvmloader's table (hvm_build_set_params of libxl_dom.c mends it
/// likewise).
void set_vcpus_in_hvm_info(XcHandle& xc, Domid domid, unsigned vcpus) {
  void* page =
      xc_map_foreign_range(xc.get(), domid, XC_PAGE_SIZE, PROT_READ | PROT_WRITE, HVM_INFO_PFN);
  if (page == nullptr) xc.fail("map hvmloader's information page", errno);
  const std::unique_ptr<void, void (*)(void*)> unmap{page,
                                                     [](void* p) { munmap(p, XC_PAGE_SIZE); }};
  auto* table =
      reinterpret_cast<hvm_info_table*>(static_cast<std::uint8_t*>(page) + HVM_INFO_OFFSET);
  table->apic_mode = 1;
  table->nr_vcpus = vcpus;
  std::memset(table->vcpu_online, 0, sizeof table->vcpu_online);
  for (unsigned vcpu = 0; vcpu < vcpus; ++vcpu)
    table->vcpu_online[vcpu / 8] =
        static_cast<std::uint8_t>(table->vcpu_online[vcpu / 8] | 1U << vcpu % 8);
  std::uint8_t sum = 0;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(table);
  for (std::uint32_t i = 0; i < table->length; ++i) sum = static_cast<std::uint8_t>(sum + bytes[i]);
  table->checksum = static_cast<std::uint8_t>(table->checksum - sum);
}

void describe(xc_dom_image& image, const DomainSpec& spec, const MemoryLayout& layout,
              const ChannelPorts& ports) {
  image.container_type = xc_dom_image::XC_DOM_HVM_CONTAINER;
  image.target_pages = (spec.memory_mib - spec.videoram_mib) << (20 - XC_PAGE_SHIFT);
  image.claim_enabled = 1;
  image.mmio_size = layout.mmio_size;
  image.mmio_start = layout.mmio_start;
  image.lowmem_end = layout.lowmem_end;
  image.highmem_end = layout.highmem_end;
  image.vga_hole_size = vga_hole_pages;
  image.device_model = true;
  image.max_vcpus = spec.vcpus;
  image.console_evtchn = ports.console;
  image.xenstore_evtchn = ports.store;
}

}  // namespace

RingFrames build_hvm(XcHandle& xc, Domid domid, const DomainSpec& spec, const ChannelPorts& ports,
                     Domid store_domid, Domid console_domid, std::vector<std::string>& warnings) {
  xc.forget_messages();
  const auto step = [&xc](int result, const std::string& action) {
    if (result != 0) xc.fail(action, errno);
  };
  xc_dom_loginit(xc.get());
  const Image image{xc_dom_allocate(xc.get(), nullptr, nullptr)};
  if (!image) xc.fail("set up the domain builder", errno);

  const MemoryLayout layout = layout_for(xc, spec);
  warnings.insert(warnings.end(), layout.warnings.begin(), layout.warnings.end());
  describe(*image, spec, layout, ports);
  image->xenstore_domid = store_domid;
  image->console_domid = console_domid;

  step(xc_dom_kernel_file(image.get(), spec.hvmloader.c_str()), "load " + spec.hvmloader);
  load_firmware(*image, spec.firmware);
  step(xc_dom_boot_xen_init(image.get(), xc.get(), domid), "start the domain builder");
  step(xc_dom_parse_image(image.get()), "understand " + spec.hvmloader);
  const std::uint64_t ram_mib = spec.memory_mib - spec.videoram_mib;
  step(xc_dom_mem_init(image.get(), static_cast<unsigned>(ram_mib)), "set up the guest's memory");
  step(xc_dom_boot_mem_init(image.get()),
       "populate the guest's " + std::to_string(ram_mib) + " MiB of memory");
  set_memory_map(xc, domid, *image, layout);
  step(xc_dom_build_image(image.get()), "load hvmloader into the guest");
  step(xc_dom_boot_image(image.get()), "set up the guest's first vCPU");
  step(xc_dom_gnttab_init(image.get()), "set up the guest's grant table");
  set_vcpus_in_hvm_info(xc, domid, spec.vcpus);
  return {.store = image->xenstore_pfn, .console = image->console_pfn};
}

}  // namespace xenlaunch
