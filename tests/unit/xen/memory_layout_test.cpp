#include "launcher/xen/memory_layout.h"

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

constexpr std::uint64_t gib = 1024 * mib;
constexpr std::uint64_t usual_hole = 256 * mib;
constexpr auto ram = MemoryRange::Kind::ram;
constexpr auto reserved = MemoryRange::Kind::reserved;

ReservedRegion region(std::uint64_t start, std::uint64_t size, RdmPolicy policy) {
  return {.start = start, .size = size, .device = {0, 0, 2, 0}, .policy = policy};
}
ReservedRegion strict(std::uint64_t start, std::uint64_t size) {
  return region(start, size, RdmPolicy::strict);
}
ReservedRegion relaxed(std::uint64_t start, std::uint64_t size) {
  return region(start, size, RdmPolicy::relaxed);
}

/// The expected layout, its map without the RAM at 1 MiB that every one has.
MemoryLayout layout(std::uint64_t lowmem_end, std::uint64_t highmem_end,
                    const std::vector<MemoryRange>& rest, std::uint64_t hole = usual_hole) {
  MemoryLayout expected{.lowmem_end = lowmem_end,
                        .highmem_end = highmem_end,
                        .mmio_start = 4 * gib - hole,
                        .mmio_size = hole};
  expected.map = {{ram, mib, lowmem_end - mib}};
  expected.map.insert(expected.map.end(), rest.begin(), rest.end());
  return expected;
}

TEST_CASE("RAM that ends below the hole is one piece") {
  CHECK(lay_out_memory(256 * mib, usual_hole, {}) == layout(256 * mib, 0, {}));
  CHECK(lay_out_memory(3840 * mib, usual_hole, {}) == layout(3840 * mib, 0, {}));
}

TEST_CASE("RAM that reaches the hole goes on above 4 GiB") {
  CHECK(lay_out_memory(3841 * mib, usual_hole, {}) ==
        layout(3840 * mib, 4 * gib + mib, {{ram, 4 * gib, mib}}));
  CHECK(lay_out_memory(8 * gib, usual_hole, {}) ==
        layout(3840 * mib, 8 * gib + 256 * mib, {{ram, 4 * gib, 4 * gib + 256 * mib}}));
}

TEST_CASE("a larger hole moves more RAM above 4 GiB") {
  CHECK(lay_out_memory(3 * gib, 2 * gib, {}) ==
        layout(2 * gib, 5 * gib, {{ram, 4 * gib, gib}}, 2 * gib));
}

TEST_CASE("a reserved region in the hole is told to the guest and moves nothing") {
  CHECK(lay_out_memory(gib, usual_hole, {strict(0xf7000000, mib)}) ==
        layout(gib, 0, {{reserved, 0xf7000000, mib}}));
}

TEST_CASE("RAM is cut off below a reserved region above 2 GiB, on a large page's border") {
  const std::uint64_t start = 0xbd800000 + 4096;
  CHECK(lay_out_memory(3840 * mib, usual_hole, {strict(start, 32 * mib)}) ==
        layout(0xbd800000, 4 * gib + (3840 * mib - 0xbd800000),
               {{reserved, start, 32 * mib}, {ram, 4 * gib, 3840 * mib - 0xbd800000}}));
}

TEST_CASE("the lowest of several regions decides, in whatever order they come") {
  const std::uint64_t total = 3840 * mib;
  const MemoryLayout expected = layout(0xa0000000, 4 * gib + total - 0xa0000000,
                                       {{reserved, 0xa0000000, mib},
                                        {reserved, 0xb0000000, mib},
                                        {ram, 4 * gib, total - 0xa0000000}});
  const ReservedRegion low = strict(0xa0000000, mib);
  const ReservedRegion high = strict(0xb0000000, mib);
  CHECK(lay_out_memory(total, usual_hole, {low, high}) == expected);
  CHECK(lay_out_memory(total, usual_hole, {high, low}) == expected);
}

TEST_CASE("a region at 2 GiB cuts, one that RAM does not reach does not") {
  CHECK(lay_out_memory(3 * gib, usual_hole, {strict(2 * gib, mib)}) ==
        layout(2 * gib, 5 * gib, {{reserved, 2 * gib, mib}, {ram, 4 * gib, gib}}));
  CHECK(lay_out_memory(2 * gib, usual_hole, {strict(2 * gib, mib)}) ==
        layout(2 * gib, 0, {{reserved, 2 * gib, mib}}));
}

TEST_CASE("a region that two devices share is told once") {
  ReservedRegion other = strict(0xf7000000, mib);
  other.device = {0, 0, 0x14, 0};
  CHECK(lay_out_memory(gib, usual_hole, {strict(0xf7000000, mib), other}) ==
        layout(gib, 0, {{reserved, 0xf7000000, mib}}));
}

TEST_CASE("a region below 2 GiB that RAM covers is refused, naming the device and the way out") {
  CHECK(error_of([] { lay_out_memory(gib, usual_hole, {strict(0x20000000, 128 << 10)}); }) ==
        "5: cannot lay out the guest's memory: the memory that the firmware reserves for "
        "0000:00:02.0 (0x20000000, 128 KiB) lies where the guest has its RAM; rdm_policy: relaxed "
        "passes the device without that memory");
}

TEST_CASE("a region above 4 GiB that RAM covers is refused, too") {
  CHECK(error_of([] { lay_out_memory(8 * gib, usual_hole, {strict(5 * gib, mib)}); }) ==
        "5: cannot lay out the guest's memory: the memory that the firmware reserves for "
        "0000:00:02.0 (0x140000000, 1024 KiB) lies where the guest has its RAM; rdm_policy: "
        "relaxed passes the device without that memory");
}

TEST_CASE("rdm_policy relaxed leaves the region out and warns") {
  MemoryLayout expected = layout(gib, 0, {});
  expected.warnings = {
      "the memory that the firmware reserves for 0000:00:02.0 (0x20000000, 128 KiB) lies where the "
      "guest has its RAM; the guest will not see it (rdm_policy: relaxed)"};
  CHECK(lay_out_memory(gib, usual_hole, {relaxed(0x20000000, 128 << 10)}) == expected);
}

TEST_CASE("a region below 2 GiB that RAM does not reach is no trouble") {
  CHECK(lay_out_memory(256 * mib, usual_hole, {strict(0x20000000, mib)}) ==
        layout(256 * mib, 0, {{reserved, 0x20000000, mib}}));
}

}  // namespace
}  // namespace xenlaunch::test
