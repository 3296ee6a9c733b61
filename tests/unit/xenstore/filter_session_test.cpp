#include "xenstore/filter_session.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <string>
#include <vector>

#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using namespace std::string_literals;
using Because = FilterSession::Because;

const FilterRules rules{.domid = 7, .disks = {"768"}};
const std::string state = "backend/qdisk/7/768/state";
const StoreMessage watch{.type = XS_WATCH, .request = 5, .body = state + "\0token\0"s};
const StoreMessage unwatch{.type = XS_UNWATCH, .request = 5, .body = watch.body};
const StoreMessage begin{.type = XS_TRANSACTION_START, .request = 5, .body = "\0"s};

StoreMessage read(std::uint32_t transaction = 0) {
  return {.type = XS_READ, .request = 6, .transaction = transaction, .body = state + '\0'};
}
StoreMessage end(std::uint32_t transaction) {
  return {.type = XS_TRANSACTION_END, .request = 7, .transaction = transaction, .body = "T\0"s};
}
StoreMessage answer(const StoreMessage& request, const std::string& text) {
  return {.type = request.type,
          .request = request.request,
          .transaction = request.transaction,
          .body = text};
}
StoreMessage error(const StoreMessage& request, const std::string& name) {
  StoreMessage message = answer(request, name + '\0');
  message.type = XS_ERROR;
  return message;
}

struct Session {
  FilterBudget& budget;
  std::vector<Because> refusals{};
  FilterSession session{
      rules, budget, [this](const StoreMessage&, Because because) { refusals.push_back(because); }};

  /// Whether xenstored hears `request`, to which it says `said`.
  bool passes(const StoreMessage& request, const StoreMessage& said) {
    session.to_store.clear();
    session.to_client.clear();
    session.client_says(request.bytes());
    if (session.to_store.empty()) {
      CHECK(session.to_client == error(request, "EACCES").bytes());
      return false;
    }
    CHECK(session.to_store == request.bytes());
    session.store_says(said.bytes());
    CHECK(session.to_client == said.bytes());
    return true;
  }
  bool passes(const StoreMessage& request, const std::string& text = "OK\0"s) {
    return passes(request, answer(request, text));
  }
};

TEST_CASE("requests that come in pieces, or many at a time, are asked one by one") {
  FilterBudget budget;
  Session it{budget};
  const std::string all = read().bytes() + read().bytes();
  for (const char c : all) it.session.client_says({&c, 1});
  CHECK(it.session.to_store == read().bytes());
  CHECK_FALSE(it.session.listens());
  const StoreMessage first = answer(read(), "1");
  for (const char c : first.bytes()) it.session.store_says({&c, 1});
  CHECK(it.session.to_client == first.bytes());
  CHECK(it.session.to_store == all);
  // What nobody has asked for is no answer.
  const StoreMessage second = answer(read(), "2");
  it.session.store_says(second.bytes() + second.bytes());
  CHECK(it.session.to_client == first.bytes() + second.bytes());
  CHECK(it.session.listens());
}

TEST_CASE("a message that is longer than the protocol allows ends it") {
  FilterBudget budget;
  Session it{budget};
  StoreMessage longest{.type = XS_READ, .body = std::string(4096, 'x')};
  it.session.client_says(longest.bytes());
  CHECK_FALSE(it.session.is_broken());
  longest.body += 'x';
  it.session.client_says(longest.bytes().substr(0, 16));
  CHECK(it.session.is_broken());
  CHECK(it.session.to_store.empty());
}

TEST_CASE("watches are counted over all connections, by what xenstored says") {
  FilterBudget budget{.watches = 3};
  Session one{budget};
  {
    Session other{budget};
    CHECK(one.passes(watch));
    CHECK(other.passes(watch));
    CHECK(other.passes(watch));
    CHECK_FALSE(one.passes(watch));
    CHECK(one.refusals == std::vector<Because>{Because::too_much});
    // One that has failed has taken nothing, or given nothing back.
    CHECK(one.passes(unwatch, error(unwatch, "ENOENT")));
    CHECK_FALSE(one.passes(watch));
    CHECK(one.passes(unwatch));
    CHECK(one.passes(watch, error(watch, "ENOMEM")));
    CHECK(one.passes(watch));
    CHECK_FALSE(one.passes(watch));
  }
  CHECK(budget.watches == 2);
}

TEST_CASE("transactions are counted, and each is one that was begun here") {
  FilterBudget budget{.transactions = 2};
  Session it{budget};
  CHECK(it.passes(begin, "41\0"s));
  CHECK(it.passes(begin, "42\0"s));
  CHECK_FALSE(it.passes(begin));
  for (const std::uint32_t foreign : {0U, 40U}) {
    CAPTURE(foreign);
    CHECK_FALSE(it.passes(end(foreign)));
    CHECK_FALSE(it.passes(begin));
  }
  CHECK_FALSE(it.passes(read(40)));
  CHECK(it.passes(read(41)));
  // Also one that could not be carried through is over.
  CHECK(it.passes(end(41), error(end(41), "EAGAIN")));
  CHECK_FALSE(it.passes(read(41)));
  CHECK_FALSE(it.passes(end(41)));
  CHECK(it.passes(begin, "43\0"s));
  CHECK_FALSE(it.passes(begin));
  StoreMessage within = begin;
  within.transaction = 42;
  CHECK_FALSE(it.passes(within));
}

TEST_CASE("a transaction has an end, and what it had is free with its connection") {
  FilterBudget budget{.transactions = 1};
  {
    Session it{budget};
    CHECK(it.passes(begin, "41\0"s));
    for (int i = 0; i < 256; ++i) REQUIRE(it.passes(read(41), "1"));
    CHECK_FALSE(it.passes(read(41)));
    CHECK(it.passes(end(41)));
    CHECK(it.passes(begin, "42\0"s));
    CHECK(it.passes(read(42), "1"));
    CHECK(budget.transactions == 0);
  }
  CHECK(budget.transactions == 1);
}

}  // namespace
}  // namespace xenlaunch::test
