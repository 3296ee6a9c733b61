#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "xenstore/node.h"

namespace xenlaunch {

/// Where xenstored of Xen 4.x listens.
inline constexpr const char* xenstored_socket = "/run/xenstored/socket";

/// What has become of the connection to xenstored.
enum class Connection {
  intact,     ///< it can be used on
  made_anew,  ///< the old one could not; what was under way on it may have been performed or not
  lost,       ///< no xenstored answers that knows what was told to the one before
};

/// Xenstore in our words. Every call throws Error (ExitCode::xenstore) but for what it says it
/// returns.
class Store {
 public:
  virtual ~Store() = default;

  virtual std::optional<std::string> read(const std::string& path) = 0;  ///< nullopt: no such node
  virtual std::vector<std::string> list(
      const std::string& path) = 0;  ///< empty: no such node, or no children

  /// Writes all of `nodes` or none of them. `guest` is the domain that Access speaks of; it cannot
  /// keep one node of its own from being written.
  virtual void write(const std::vector<Node>& nodes, std::uint32_t guest) = 0;

  /// As write, for nodes that nobody looks at yet: others may see some of them without the rest.
  /// Where it fails, those are gone that have none of this connection's above them. In a
  /// transaction the folder that all VMs have theirs in would keep one start from being committed
  /// beside another's.
  virtual void write_unseen(const std::vector<Node>& nodes, std::uint32_t guest) = 0;

  /// Removes the nodes and all below them, one after the other: what fails can be done again. One
  /// that is not there is fine.
  virtual void remove(const std::vector<std::string>& paths) = 0;

  /// Writes `node` unless it is there with a value that `keep` says yes to; returns that value,
  /// else nullopt.
  virtual std::optional<std::string> claim(const Node& node,
                                           const std::function<bool(const std::string&)>& keep) = 0;

  /// Tells xenstored of the domain and where its ring is; this also wakes xenconsoled.
  virtual void introduce(std::uint32_t domid, std::uint64_t ring_gfn, std::uint32_t port) = 0;

  /// From now on take_changes() names `path` when it or a node below it changes; it does so once at
  /// once.
  virtual void watch(const std::string& path) = 0;
  virtual void unwatch(const std::string& path) = 0;
  /// The watched paths (as given to watch) that changed since the last call, a few hundred at most,
  /// with change_fd() still readable where there are more; does not block. Where
  /// xenstored has ended the Error says so.
  virtual std::vector<std::string> take_changes() = 0;
  /// Readable when take_changes() has something, be it an Error. Always the same descriptor.
  virtual int change_fd() = 0;

  /// For when a call has failed: looks whether the connection can be used on, and otherwise makes
  /// another one, with the same watches, each of which is told of once. No other call does so by
  /// itself: what was half done has failed. Throws nothing.
  virtual Connection renew_if_broken() = 0;
};

/// The Store of the xenstored that listens on `socket`, by libxenstore. Connects at once; where it
/// is not running the Error says so.
std::unique_ptr<Store> make_xs_store(const std::filesystem::path& socket = xenstored_socket);

}  // namespace xenlaunch
