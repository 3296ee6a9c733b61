#pragma once

#include <poll.h>

#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "tests/fakes/fake_xenstored.h"
#include "xenstore/store.h"

namespace xenlaunch::test {

using Lines = std::vector<std::string>;

/// A Store on an empty xenstored, by the real libxenstore.
struct Fixture {
  FakeXenstored daemon;
  std::unique_ptr<Store> store = make_xs_store(daemon.socket());

  bool has_changes(std::chrono::seconds within = {}) const {
    pollfd change{.fd = store->change_fd(), .events = POLLIN, .revents = 0};
    return ::poll(&change, 1, static_cast<int>(std::chrono::milliseconds{within}.count())) == 1;
  }
  /// The first `number` changes; libxenstore's thread may take them one by one.
  Lines await_changes(std::size_t number) {
    Lines all;
    while (all.size() < number && has_changes(std::chrono::seconds{10}))
      for (const std::string& change : store->take_changes()) all.push_back(change);
    return all;
  }
};

}  // namespace xenlaunch::test
