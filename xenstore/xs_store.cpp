extern "C" {
#include <xenstore.h>
}

#include <array>
#include <cerrno>
#include <cstdlib>
#include <set>
#include <utility>

#include "base/error.h"
#include "xenstore/inherited.h"
#include "xenstore/store.h"
#include "xenstore/xs_connection.h"

namespace xenlaunch {
namespace {

/// xenstored gives up on a transaction that conflicts with another's; a busy host conflicts a few
/// times in a row.
constexpr int max_transaction_attempts = 100;

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
/// What libxenstore gives away.
template <typename T>
using Malloced = std::unique_ptr<T, Free>;

/// Throws what errno says. `action` reads on from "cannot".
[[noreturn]] void fail(const XsConnection& connection, const std::string& action) {
  const int reason = errno;
  if (connection.ended()) throw Error{ExitCode::xenstore, "cannot reach xenstored: it has ended"};
  // No error of xenstored's, but what libxenstore makes of an answer that is not to its request.
  if (reason == EBADF)
    throw Error{ExitCode::xenstore, "cannot " + action +
                                        ": libxenstore did not understand xenstored, and has "
                                        "given up the connection"};
  throw_errno(ExitCode::xenstore, reason, action);
}

class Transaction {
 public:
  explicit Transaction(const XsConnection& connection)
      : connection_{connection}, id_{xs_transaction_start(connection.get())} {
    if (id_ == XBT_NULL) fail(connection, "start a xenstore transaction");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (id_ != XBT_NULL) xs_transaction_end(connection_.get(), id_, /*abort=*/true);
  }
  xs_transaction_t id() const { return id_; }

  /// False: another writer got in first; nothing of ours was applied.
  bool commit() {
    if (xs_transaction_end(connection_.get(), std::exchange(id_, XBT_NULL), /*abort=*/false))
      return true;
    if (errno == EAGAIN) return false;
    fail(connection_, "commit a xenstore transaction");
  }

 private:
  const XsConnection& connection_;
  xs_transaction_t id_;
};

/// The owner and what all others may, then who may what else.
struct Permissions {
  std::array<xs_permissions, 2> list;
  unsigned count;
};

Permissions permissions(Access access, unsigned guest) {
  const xs_permissions dom0{0, XS_PERM_NONE};
  const xs_permissions owner{guest, XS_PERM_NONE};
  switch (access) {
    case Access::dom0_only:
      break;
    case Access::guest_reads:
      return {{dom0, {guest, XS_PERM_READ}}, 2};
    case Access::guest_owns:
      return {{owner}, 1};
    case Access::guest_owns_dom0_reads:
      return {{owner, {0, XS_PERM_READ}}, 2};
  }
  return {{dom0}, 1};
}

bool is_guests(const Node& node) {
  return node.access == Access::guest_owns || node.access == Access::guest_owns_dom0_reads;
}

class XsStore final : public Store {
 public:
  explicit XsStore(const std::filesystem::path& socket) : connection_{socket} {}

  std::optional<std::string> read(const std::string& path) override { return read(XBT_NULL, path); }

  std::vector<std::string> list(const std::string& path) override {
    unsigned count = 0;
    const Malloced<char*> names{xs_directory(connection_.get(), XBT_NULL, path.c_str(), &count)};
    if (names) return {names.get(), names.get() + count};
    if (errno == ENOENT) return {};
    fail(connection_, "list xenstore node " + path);
  }

  void write(const std::vector<Node>& nodes, std::uint32_t guest) override {
    // One request is all or nothing by itself.
    if (nodes.size() == 1 && inherited_.covers(nodes.front(), guest))
      return write_one(XBT_NULL, nodes.front());
    // A guest that writes its node all the time would keep every transaction from being committed;
    // and what it owns it may read and write in between, too.
    if (nodes.size() == 1 && is_guests(nodes.front())) {
      write_one(XBT_NULL, nodes.front());
      return set_permissions(XBT_NULL, nodes.front(), guest);
    }
    Inherited inherited;
    transact([&](xs_transaction_t transaction) {
      inherited = inherited_;
      write_all(transaction, nodes, guest, inherited);
    });
    inherited_ = std::move(inherited);
  }

  void write_unseen(const std::vector<Node>& nodes, std::uint32_t guest) override {
    const std::vector<std::string> topmost = inherited_.topmost(nodes);
    try {
      write_all(XBT_NULL, nodes, guest, inherited_);
    } catch (const Error&) {
      for (const std::string& path : topmost) {
        inherited_.forget(path);
        xs_rm(connection_.get(), XBT_NULL, path.c_str());  // what failed is told of
      }
      throw;
    }
  }

  void remove(const std::vector<std::string>& paths) override {
    for (const std::string& path : paths) {
      inherited_.forget(path);
      if (!xs_rm(connection_.get(), XBT_NULL, path.c_str()) && errno != ENOENT)
        fail(connection_, "remove xenstore node " + path);
    }
  }

  std::optional<std::string> claim(const Node& node,
                                   const std::function<bool(const std::string&)>& keep) override {
    std::optional<std::string> kept;
    transact([&](xs_transaction_t transaction) {
      kept = read(transaction, node.path);
      if (kept && keep(*kept)) return;
      kept.reset();
      write_one(transaction, node);
      set_permissions(transaction, node, 0);
    });
    return kept;
  }

  void introduce(std::uint32_t domid, std::uint64_t ring_gfn, std::uint32_t port) override {
    if (!xs_introduce_domain(connection_.get(), domid, ring_gfn, port))
      fail(connection_, "introduce domain " + std::to_string(domid) + " to xenstored");
  }

  void watch(const std::string& path) override {
    set_watch(path);
    watches_.insert(path);
  }

  void unwatch(const std::string& path) override {
    watches_.erase(path);
    if (!xs_unwatch(connection_.get(), path.c_str(), path.c_str()) && errno != ENOENT)
      fail(connection_, "stop watching xenstore node " + path);
  }

  std::vector<std::string> take_changes() override {
    // What is left is told of at once: the descriptor stays readable.
    constexpr std::size_t most = 256;
    std::vector<std::string> changed;
    while (const Malloced<char*> change{xs_check_watch(connection_.get())}) {
      changed.emplace_back(change.get()[XS_WATCH_TOKEN]);
      if (changed.size() == most) return changed;
    }
    if (errno != EAGAIN || connection_.ended()) fail(connection_, "take changes from xenstored");
    return changed;
  }

  int change_fd() override { return connection_.change_fd(); }

  Connection renew_if_broken() override {
    if (connection_.answers()) return Connection::intact;
    try {
      connection_.renew();
      inherited_ = {};
      for (const std::string& path : watches_) set_watch(path);
    } catch (const Error&) {  // why is what the call has said that failed
      return Connection::lost;
    }
    return connection_.answers() ? Connection::made_anew : Connection::lost;
  }

 private:
  void set_watch(const std::string& path) {
    if (!xs_watch(connection_.get(), path.c_str(), path.c_str()))
      fail(connection_, "watch xenstore node " + path);
  }

  std::optional<std::string> read(xs_transaction_t transaction, const std::string& path) {
    unsigned length = 0;
    const Malloced<void> value{xs_read(connection_.get(), transaction, path.c_str(), &length)};
    if (value) return std::string{static_cast<const char*>(value.get()), length};
    if (errno == ENOENT) return std::nullopt;
    fail(connection_, "read xenstore node " + path);
  }

  void write_all(xs_transaction_t transaction, const std::vector<Node>& nodes, std::uint32_t guest,
                 Inherited& inherited) {
    for (const Node& node : nodes) {
      const bool covered = inherited.covers(node, guest);
      if (covered && is_made_by_others(node, nodes)) continue;
      write_one(transaction, node);
      if (covered) continue;
      set_permissions(transaction, node, guest);
      inherited.add(node, guest);
    }
  }

  void write_one(xs_transaction_t transaction, const Node& node) {
    if (!xs_write(connection_.get(), transaction, node.path.c_str(), node.value.data(),
                  static_cast<unsigned>(node.value.size())))
      fail(connection_, "write xenstore node " + node.path);
  }

  void set_permissions(xs_transaction_t transaction, const Node& node, std::uint32_t guest) {
    Permissions all = permissions(node.access, guest);
    if (!xs_set_permissions(connection_.get(), transaction, node.path.c_str(), all.list.data(),
                            all.count))
      fail(connection_, "set the permissions of xenstore node " + node.path);
  }

  /// `body` may run several times: it must touch nothing but the transaction it is given.
  void transact(const std::function<void(xs_transaction_t)>& body) {
    for (int attempt = 0; attempt < max_transaction_attempts; ++attempt) {
      Transaction transaction{connection_};
      body(transaction.id());
      if (transaction.commit()) return;
    }
    throw Error{ExitCode::xenstore, "cannot commit a xenstore transaction: xenstored stayed busy"};
  }

  XsConnection connection_;
  Inherited inherited_;
  std::set<std::string> watches_;
};

}  // namespace

std::unique_ptr<Store> make_xs_store(const std::filesystem::path& socket) {
  return std::make_unique<XsStore>(socket);
}

}  // namespace xenlaunch
