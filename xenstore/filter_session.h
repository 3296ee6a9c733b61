#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "xenstore/filter_rules.h"

namespace xenlaunch {

/// A message of xenstore's protocol: struct xsd_sockmsg of xen/include/public/io/xs_wire.h, and
/// what follows it.
struct StoreMessage {
  std::uint32_t type{};
  std::uint32_t request{};
  std::uint32_t transaction{};
  std::string body;
  std::string bytes() const;
  friend bool operator==(const StoreMessage&, const StoreMessage&) = default;
};

/// Messages out of a stream of bytes.
class StoreMessages {
 public:
  void add(std::string_view bytes) { bytes_ += bytes; }
  /// The next that is whole.
  std::optional<StoreMessage> next();
  /// Whether one announces more than the protocol allows.
  bool is_broken() const;

 private:
  std::string bytes_;
};

/// What all connections of a QEMU together may still have of xenstored, which sets dom0 no limits.
struct FilterBudget {
  int watches{};
  int transactions{};
};

/// More than a QEMU needs for these disks.
FilterBudget budget_for(const FilterRules& rules);

/// One connection of a QEMU's to xenstored: what either says, as bytes, and what the other is to
/// hear of it. A request is looked at when the last one has its answer, which is what libxenstore
/// does as well.
class FilterSession {
 public:
  enum class Because { rules, too_much };
  using Refused = std::function<void(const StoreMessage&, Because)>;
  FilterSession(const FilterRules& rules, FilterBudget& budget, Refused refused)
      : rules_{rules}, budget_{budget}, refused_{std::move(refused)} {}
  FilterSession(const FilterSession&) = delete;
  FilterSession& operator=(const FilterSession&) = delete;
  ~FilterSession();  ///< xenstored forgets what the connection had

  void client_says(std::string_view bytes);
  void store_says(std::string_view bytes);

  std::string to_client, to_store;  ///< taken away by whoever writes it

  /// Whether it is time for more requests.
  bool listens() const { return !asked_; }
  /// Whether one of the two does not speak the protocol.
  bool is_broken() const { return requests_.is_broken() || answers_.is_broken(); }

 private:
  void take_requests();
  void refuse(const StoreMessage& request, Because because);
  bool is_too_much(const StoreMessage& request) const;
  void hand_on(const StoreMessage& message);
  void note_answer(const StoreMessage& answer);

  const FilterRules& rules_;
  FilterBudget& budget_;
  Refused refused_;
  StoreMessages requests_, answers_;
  std::optional<StoreMessage> asked_;  ///< what has no answer yet
  int watches_ = 0;
  std::map<std::uint32_t, int> transactions_;  ///< those that are open, and the requests in each
};

}  // namespace xenlaunch
