// What a QEMU that serves disks says to xenstored, as a stream of bytes; xenstored answers at once.
#include <cstdint>  // which the header below wants

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <algorithm>
#include <map>
#include <set>

#include "tests/fuzz/target.h"
#include "xenstore/filter_session.h"

namespace xenlaunch::fuzz {
namespace {

bool is_below(std::string_view path, std::string_view folder) {
  return path.starts_with(folder) && (path.size() == folder.size() || path[folder.size()] == '/');
}

/// A backend of domain 7's, by the part of its path that says whose it is.
bool is_guests_backend(std::string_view path) {
  constexpr std::string_view backends = "/local/domain/0/backend/";
  if (!path.starts_with(backends)) return false;
  path.remove_prefix(std::min(path.size(), path.find('/', backends.size())));
  return is_below(path, "/7");
}

/// What xenstored has of the QEMU, by what it is asked.
struct Xenstored {
  int watches = 0;
  std::map<std::uint32_t, int> transactions;
  std::uint32_t next = 1;

  StoreMessage answer(const StoreMessage& request);
  void require_passable(const StoreMessage& request) const;
};

void Xenstored::require_passable(const StoreMessage& request) const {
  const std::uint32_t type = request.type;
  if (request.transaction != 0)
    require(transactions.contains(request.transaction), "a transaction is one that was begun");
  if (type == XS_TRANSACTION_START || type == XS_TRANSACTION_END) return;
  const std::size_t end = request.body.find('\0');
  require(end != std::string::npos, "a path has an end");
  std::string path = request.body.substr(0, end);
  if (!path.starts_with('/')) path = "/local/domain/0/" + path;
  const bool is_backend = is_below(path, "/local/domain/0/backend/qdisk/7/768");
  const bool is_frontend = is_below(path, "/local/domain/7/device/vbd/768");
  if (type == XS_WRITE || type == XS_MKDIR || type == XS_RM || type == XS_SET_PERMS) {
    require(is_backend || is_frontend, "what is written is a disk's");
    require(std::ranges::count(path, '/') <= (is_backend ? 8 : 7), "and nothing below its nodes");
    if (type != XS_SET_PERMS) require_clean(request.body.substr(end + 1));
    return;
  }
  require(type == XS_READ || type == XS_DIRECTORY || type == XS_WATCH || type == XS_UNWATCH,
          "what passes reads or writes");
  const bool is_list = path == "/local/domain/0/domid" || path == "/local/domain/0/backend";
  require((is_list && (type == XS_READ || type == XS_DIRECTORY)) ||
              is_below(path, "/local/domain/7/device") || is_guests_backend(path),
          "what is read is the guest's");
}

StoreMessage Xenstored::answer(const StoreMessage& request) {
  require_passable(request);
  StoreMessage said{.type = request.type,
                    .request = request.request,
                    .transaction = request.transaction,
                    .body = "OK"};
  // By its number some requests fail.
  const bool fails = request.request % 3 == 1;
  if (fails) said.type = XS_ERROR;
  if (request.type == XS_TRANSACTION_END) transactions.erase(request.transaction);
  if (request.transaction != 0 && request.type != XS_TRANSACTION_END)
    require(++transactions[request.transaction] <= 256, "a transaction has an end");
  if (fails) return said;
  if (request.type == XS_WATCH) ++watches;
  if (request.type == XS_UNWATCH) --watches;
  if (request.type == XS_TRANSACTION_START) {
    said.body = std::to_string(next) + '\0';
    transactions[next++] = 0;
  }
  require(watches <= 2, "watches are counted");
  require(transactions.size() <= 1, "transactions are counted");
  return said;
}

void run(std::string_view input) {
  const FilterRules rules{.domid = 7, .disks = {"768"}};
  FilterBudget budget{.watches = 2, .transactions = 1};
  Xenstored xenstored;
  FilterSession session{rules, budget, [](const StoreMessage&, FilterSession::Because) {}};
  session.client_says(input);
  while (!session.to_store.empty()) {
    StoreMessages asked;
    asked.add(session.to_store);
    session.to_store.clear();
    const auto request = asked.next();
    require(request && !asked.next(), "one request is asked at a time");
    // Events come between, also of others.
    StoreMessage event{.type = XS_WATCH_EVENT, .body = request->body};
    session.store_says(event.bytes() + xenstored.answer(*request).bytes());
  }
}

const Registration registration{"store-filter", run};

}  // namespace
}  // namespace xenlaunch::fuzz
