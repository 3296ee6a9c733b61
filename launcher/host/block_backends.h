#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace xenlaunch {

/// What dom0's kernel (xen-blkback) has of the disks that it serves to a domain.
class BlockBackends {
 public:
  virtual ~BlockBackends() = default;

  /// Waits until blkback has opened the block device behind disk `device` of domain `domid`. False
  /// where `is_refused` says so, or after ten seconds, which is what libxl gives it.
  virtual bool await_open(std::uint32_t domid, unsigned device,
                          const std::function<bool()>& is_refused) = 0;

  /// Waits until it has let go of all disks of domain `domid`, whose frontends have been removed
  /// from xenstore. Throws Error (ExitCode::host) where it takes longer than ten seconds.
  virtual void await_gone(std::uint32_t domid) = 0;
};

/// The BlockBackends over sysfs below `root`, as drivers/block/xen-blkback/xenbus.c of Linux writes
/// it.
std::unique_ptr<BlockBackends> make_sysfs_block_backends(const std::filesystem::path& root);

}  // namespace xenlaunch
