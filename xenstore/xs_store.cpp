#include <algorithm>
#include <cerrno>
#include <charconv>
#include <map>
#include <string_view>

#include "base/error.h"
#include "xenstore/connection.h"
#include "xenstore/store.h"
#include "xenstore/wire.h"
#include "xenstore/xenstored.h"

namespace xenlaunch {
namespace {

/// xenstored gives up on a transaction that conflicts with another's; a busy host conflicts a few
/// times in a row.
constexpr int max_transaction_attempts = 100;

constexpr std::uint32_t no_transaction = 0;

void require(const StoreAnswer& answer, const std::string& action) {
  if (answer.error != 0) throw_errno(ExitCode::xenstore, answer.error, action);
}

std::string with_nul(std::string text) {
  return std::move(text) + '\0';
}

class Transaction {
 public:
  explicit Transaction(StoreConnection& connection) : connection_{connection} {
    const StoreAnswer answer = connection.ask({{XS_TRANSACTION_START, with_nul("")}}).front();
    require(answer, "start a xenstore transaction");
    std::from_chars(answer.body.data(), answer.body.data() + answer.body.size(), id_);
    if (id_ == no_transaction)
      throw Error{ExitCode::xenstore, "cannot start a xenstore transaction: it got no number"};
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  ~Transaction() {
    try {
      if (id_ != no_transaction) end("F");
    } catch (const Error&) {  // xenstored is gone, and its transactions with it
    }
  }
  std::uint32_t id() const { return id_; }

  /// False: another writer got in first; nothing of ours was applied.
  bool commit() {
    const StoreAnswer answer = end("T");
    if (answer.error == EAGAIN) return false;
    require(answer, "commit a xenstore transaction");
    return true;
  }

 private:
  /// `how` is T, to commit, or F.
  StoreAnswer end(const char* how) {
    const std::uint32_t id = std::exchange(id_, no_transaction);
    return connection_.ask({{XS_TRANSACTION_END, with_nul(how), id}}).front();
  }

  StoreConnection& connection_;
  std::uint32_t id_ = no_transaction;
};

/// As XS_SET_PERMS has them: the owner and what all others may, then who may what else.
std::string permissions(Access access, std::uint32_t guest) {
  const std::string none = with_nul("n0");
  const std::string guest_none = with_nul("n" + std::to_string(guest));
  switch (access) {
    case Access::dom0_only:
      return none;
    case Access::guest_reads:
      return none + with_nul("r" + std::to_string(guest));
    case Access::guest_owns:
      return guest_none;
    case Access::guest_owns_dom0_reads:
      return guest_none + with_nul("r0");
  }
  return none;
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

/// The texts that each have a NUL behind them; no empty ones.
std::vector<std::string> split(const std::string& texts) {
  std::vector<std::string> all;
  for (std::size_t at = 0; at < texts.size();) {
    const std::size_t end = std::min(texts.find('\0', at), texts.size());
    if (end > at) all.push_back(texts.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

/// A request, and what it does for the message of an Error: it reads on from "cannot".
struct Asked {
  StoreRequest request;
  std::string action;
};

class XsStore final : public Store {
 public:
  explicit XsStore(FileDescriptor socket) : connection_{std::move(socket)} {}

  std::optional<std::string> read(const std::string& path) override {
    return read(no_transaction, path);
  }

  std::vector<std::string> list(const std::string& path) override {
    const StoreAnswer names = ask({XS_DIRECTORY, with_nul(path), no_transaction});
    if (names.error == E2BIG) return split(list_by_parts(path));
    if (names.error == ENOENT) return {};
    require(names, "list xenstore node " + path);
    return split(names.body);
  }

  void write(const std::vector<Node>& nodes, std::uint32_t guest) override {
    transact([&](std::uint32_t transaction) {
      Inherited inherited;
      std::vector<Asked> all;
      for (const Node& node : nodes) {
        add_write(all, transaction, node, guest, !inherited.covers(node));
        inherited.add(node);
      }
      must(all);
    });
  }

  void remove(const std::vector<std::string>& paths) override {
    transact([&](std::uint32_t transaction) {
      std::vector<Asked> all;
      for (const std::string& path : paths)
        all.push_back({{XS_RM, with_nul(path), transaction}, "remove xenstore node " + path});
      must(all, ENOENT);
    });
  }

  std::optional<std::string> claim(const Node& node,
                                   const std::function<bool(const std::string&)>& keep) override {
    std::optional<std::string> kept;
    transact([&](std::uint32_t transaction) {
      kept = read(transaction, node.path);
      if (kept && keep(*kept)) return;
      kept.reset();
      std::vector<Asked> all;
      add_write(all, transaction, node, 0, /*set_permissions=*/true);
      must(all);
    });
    return kept;
  }

  void introduce(std::uint32_t domid, std::uint64_t ring_gfn, std::uint32_t port) override {
    must({{{XS_INTRODUCE, with_nul(std::to_string(domid)) + with_nul(std::to_string(ring_gfn)) +
                              with_nul(std::to_string(port))},
           "introduce domain " + std::to_string(domid) + " to xenstored"}});
  }

  void watch(const std::string& path) override {
    must({{{XS_WATCH, with_nul(path) + with_nul(path)}, "watch xenstore node " + path}});
  }

  void unwatch(const std::string& path) override {
    must({{{XS_UNWATCH, with_nul(path) + with_nul(path)}, "stop watching xenstore node " + path}},
         ENOENT);
  }

  std::vector<std::string> take_changes() override { return connection_.take_changes(); }

  int change_fd() override { return connection_.change_fd(); }

 private:
  StoreAnswer ask(const StoreRequest& request) { return connection_.ask({request}).front(); }

  /// `fine` is an error that is none.
  void must(const std::vector<Asked>& all, int fine = 0) {
    std::vector<StoreRequest> requests;
    for (const Asked& asked : all) requests.push_back(asked.request);
    const std::vector<StoreAnswer> answers = connection_.ask(requests);
    for (std::size_t i = 0; i < all.size(); ++i)
      if (answers[i].error != fine) require(answers[i], all[i].action);
  }

  std::optional<std::string> read(std::uint32_t transaction, const std::string& path) {
    StoreAnswer value = ask({XS_READ, with_nul(path), transaction});
    if (value.error == ENOENT) return std::nullopt;
    require(value, "read xenstore node " + path);
    return std::move(value.body);
  }

  static void add_write(std::vector<Asked>& all, std::uint32_t transaction, const Node& node,
                        std::uint32_t guest, bool set_permissions) {
    all.push_back({{XS_WRITE, with_nul(node.path) + node.value, transaction},
                   "write xenstore node " + node.path});
    if (!set_permissions) return;
    all.push_back(
        {{XS_SET_PERMS, with_nul(node.path) + permissions(node.access, guest), transaction},
         "set the permissions of xenstore node " + node.path});
  }

  /// The names in `path`, where they are more than a message holds. XS_DIRECTORY_PART gives those
  /// from an offset on, behind the node's generation, and behind the last an empty one.
  std::string list_by_parts(const std::string& path) {
    std::string names;
    std::string generation;
    while (true) {
      const StoreAnswer part =
          ask({XS_DIRECTORY_PART, with_nul(path) + with_nul(std::to_string(names.size()))});
      if (part.error == ENOENT) return {};  // removed meanwhile
      require(part, "list xenstore node " + path);
      const std::size_t begin = part.body.find('\0') + 1;
      const std::string now = part.body.substr(0, begin);
      if (now != std::exchange(generation, now) && !names.empty()) {
        names.clear();  // the node has changed in between
        continue;
      }
      names += part.body.substr(begin);
      if (part.body.size() <= begin + 1 || part.body.ends_with(std::string(2, '\0'))) return names;
    }
  }

  /// `body` may run several times: it must touch nothing but the transaction it is given.
  void transact(const std::function<void(std::uint32_t)>& body) {
    for (int attempt = 0; attempt < max_transaction_attempts; ++attempt) {
      Transaction transaction{connection_};
      body(transaction.id());
      if (transaction.commit()) return;
    }
    throw Error{ExitCode::xenstore, "cannot commit a xenstore transaction: xenstored stayed busy"};
  }

  StoreConnection connection_;
};

}  // namespace

std::unique_ptr<Store> make_xs_store(const std::filesystem::path& socket) {
  return make_xs_store(connect_to(socket));
}

std::unique_ptr<Store> make_xs_store(FileDescriptor connection) {
  return std::make_unique<XsStore>(std::move(connection));
}

}  // namespace xenlaunch
