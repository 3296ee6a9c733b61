#include "launcher/host/block_backends.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <string>

#include "base/error.h"
#include "launcher/host/sysfs.h"
#include "launcher/host/sysfs_wait.h"

namespace xenlaunch {
namespace {

namespace fs = std::filesystem;

constexpr std::chrono::seconds time_to_answer_in{10};

class SysfsBlockBackends final : public BlockBackends {
 public:
  explicit SysfsBlockBackends(const fs::path& root) : devices_{root / "sys/devices"} {}

  /// The attribute is there once the device could be opened.
  bool await_open(std::uint32_t domid, unsigned device,
                  const std::function<bool()>& is_refused) override {
    const fs::path opened = devices_ / fmt::format("vbd-{}-{}", domid, device) / "physical_device";
    bool is_open = false;
    comes_true([&] { return (is_open = is_present(opened)) || is_refused(); }, time_to_answer_in);
    return is_open;
  }

  void await_gone(std::uint32_t domid) override {
    const std::string prefix = fmt::format("vbd-{}-", domid);
    const auto is_one = [&prefix](const std::string& name) { return name.starts_with(prefix); };
    const bool are_gone = comes_true(
        [&] { return std::ranges::none_of(names_in(devices_), is_one); }, time_to_answer_in);
    if (!are_gone)
      throw Error{ExitCode::host,
                  fmt::format("cannot take the disks of domain {} back: xen-blkback still holds "
                              "them ({}/{}*)",
                              domid, devices_.string(), prefix)};
  }

 private:
  fs::path devices_;
};

}  // namespace

std::unique_ptr<BlockBackends> make_sysfs_block_backends(const fs::path& root) {
  return std::make_unique<SysfsBlockBackends>(root);
}

}  // namespace xenlaunch
