extern "C" {
#include <xenstore.h>
}

#include <array>
#include <cerrno>
#include <cstdlib>
#include <map>
#include <string_view>

#include "launcher/base/error.h"
#include "xenstore/store.h"

namespace xenlaunch {
namespace {

struct Free {
  void operator()(void* memory) const { std::free(memory); }
};
template <typename T>
using Malloced = std::unique_ptr<T, Free>;

struct CloseStore {
  void operator()(xs_handle* handle) const { xs_close(handle); }
};

/// xenstored gives up on a transaction that conflicts with another's; a busy host conflicts a few
/// times in a row.
constexpr int max_transaction_attempts = 100;

class Transaction {
 public:
  explicit Transaction(xs_handle* handle) : handle_{handle}, id_{xs_transaction_start(handle)} {
    if (id_ == XBT_NULL) throw_errno(ExitCode::xenstore, errno, "start a xenstore transaction");
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    if (id_ != XBT_NULL) xs_transaction_end(handle_, id_, /*abort=*/true);
  }
  xs_transaction_t id() const { return id_; }

  /// False: another writer got in first; nothing of ours was applied.
  bool commit() {
    if (xs_transaction_end(handle_, std::exchange(id_, XBT_NULL), /*abort=*/false)) return true;
    if (errno == EAGAIN) return false;
    throw_errno(ExitCode::xenstore, errno, "commit a xenstore transaction");
  }

 private:
  xs_handle* handle_;
  xs_transaction_t id_;
};

std::array<xs_permissions, 2> permissions(Access access, std::uint32_t guest) {
  switch (access) {
    case Access::dom0_only:
      return {{{0, XS_PERM_NONE}, {}}};
    case Access::guest_reads:
      return {{{0, XS_PERM_NONE}, {guest, XS_PERM_READ}}};
    case Access::guest_owns:
      return {{{guest, XS_PERM_NONE}, {}}};
    case Access::guest_owns_dom0_reads:
      return {{{guest, XS_PERM_NONE}, {0, XS_PERM_READ}}};
  }
  return {};
}

unsigned permission_count(Access access) {
  return access == Access::guest_reads || access == Access::guest_owns_dom0_reads ? 2 : 1;
}

/// A node takes its parent's permissions when it is made, so only where they differ do they have to
/// be set.
class Inherited {
 public:
  bool covers(const Node& node) const {
    std::string_view path = node.path;
    for (std::size_t slash = path.rfind('/'); slash != std::string_view::npos && slash > 0;
         slash = path.rfind('/')) {
      path = path.substr(0, slash);
      const auto found = written_.find(path);
      if (found != written_.end()) return found->second == node.access;
    }
    return false;
  }
  void add(const Node& node) { written_.insert_or_assign(node.path, node.access); }

 private:
  std::map<std::string, Access, std::less<>> written_;
};

class XsStore final : public Store {
 public:
  XsStore() : handle_{xs_open(0)} {
    if (!handle_) throw_errno(ExitCode::xenstore, errno, "connect to xenstored");
  }

  std::optional<std::string> read(const std::string& path) override { return read(XBT_NULL, path); }

  std::vector<std::string> list(const std::string& path) override {
    unsigned count = 0;
    const Malloced<char*> names{xs_directory(handle_.get(), XBT_NULL, path.c_str(), &count)};
    if (names) return {names.get(), names.get() + count};
    if (errno == ENOENT) return {};
    throw_errno(ExitCode::xenstore, errno, "list xenstore node " + path);
  }

  void write(const std::vector<Node>& nodes, std::uint32_t guest) override {
    transact([&](xs_transaction_t transaction) {
      Inherited inherited;
      for (const Node& node : nodes) {
        write_one(transaction, node, guest, !inherited.covers(node));
        inherited.add(node);
      }
    });
  }

  void remove(const std::vector<std::string>& paths) override {
    transact([&](xs_transaction_t transaction) {
      for (const std::string& path : paths) {
        if (!xs_rm(handle_.get(), transaction, path.c_str()) && errno != ENOENT)
          throw_errno(ExitCode::xenstore, errno, "remove xenstore node " + path);
      }
    });
  }

  std::optional<std::string> claim(const Node& node,
                                   const std::function<bool(const std::string&)>& keep) override {
    std::optional<std::string> kept;
    transact([&](xs_transaction_t transaction) {
      kept = read(transaction, node.path);
      if (kept && keep(*kept)) return;
      kept.reset();
      write_one(transaction, node, 0, /*set_permissions=*/true);
    });
    return kept;
  }

  void introduce(std::uint32_t domid, std::uint64_t ring_gfn, std::uint32_t port) override {
    if (!xs_introduce_domain(handle_.get(), domid, ring_gfn, port))
      throw_errno(ExitCode::xenstore, errno,
                  "introduce domain " + std::to_string(domid) + " to xenstored");
  }

  void watch(const std::string& path) override {
    if (!xs_watch(handle_.get(), path.c_str(), path.c_str()))
      throw_errno(ExitCode::xenstore, errno, "watch xenstore node " + path);
  }

  void unwatch(const std::string& path) override {
    if (!xs_unwatch(handle_.get(), path.c_str(), path.c_str()) && errno != ENOENT)
      throw_errno(ExitCode::xenstore, errno, "stop watching xenstore node " + path);
  }

  std::vector<std::string> take_changes() override {
    std::vector<std::string> changed;
    while (true) {
      const Malloced<char*> event{xs_check_watch(handle_.get())};
      if (!event) break;
      changed.emplace_back(event.get()[XS_WATCH_TOKEN]);
    }
    if (errno != EAGAIN)
      throw_errno(ExitCode::xenstore, errno, "read from xenstored; has it stopped?");
    return changed;
  }

  int change_fd() override { return xs_fileno(handle_.get()); }

 private:
  std::optional<std::string> read(xs_transaction_t transaction, const std::string& path) {
    unsigned length = 0;
    const Malloced<void> value{xs_read(handle_.get(), transaction, path.c_str(), &length)};
    if (value) return std::string{static_cast<const char*>(value.get()), length};
    if (errno == ENOENT) return std::nullopt;
    throw_errno(ExitCode::xenstore, errno, "read xenstore node " + path);
  }

  void write_one(xs_transaction_t transaction, const Node& node, std::uint32_t guest,
                 bool set_permissions) {
    if (!xs_write(handle_.get(), transaction, node.path.c_str(), node.value.data(),
                  static_cast<unsigned>(node.value.size())))
      throw_errno(ExitCode::xenstore, errno, "write xenstore node " + node.path);
    if (!set_permissions) return;
    std::array<xs_permissions, 2> list = permissions(node.access, guest);
    if (!xs_set_permissions(handle_.get(), transaction, node.path.c_str(), list.data(),
                            permission_count(node.access)))
      throw_errno(ExitCode::xenstore, errno, "set the permissions of xenstore node " + node.path);
  }

  /// `body` may run several times: it must touch nothing but the transaction it is given.
  void transact(const std::function<void(xs_transaction_t)>& body) {
    for (int attempt = 0; attempt < max_transaction_attempts; ++attempt) {
      Transaction transaction{handle_.get()};
      body(transaction.id());
      if (transaction.commit()) return;
    }
    throw Error{ExitCode::xenstore, "cannot commit a xenstore transaction: xenstored stayed busy"};
  }

  std::unique_ptr<xs_handle, CloseStore> handle_;
};

}  // namespace

std::unique_ptr<Store> make_xs_store() {
  return std::make_unique<XsStore>();
}

}  // namespace xenlaunch
