#include "xenstore/filter_session.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <charconv>
#include <cstring>
#include <utility>

namespace xenlaunch {
namespace {

/// xenstored keeps of each what was asked in it. A QEMU reads a backend's nodes once.
constexpr int most_requests_in_transaction = 256;

StoreMessage answer_to(const StoreMessage& request, std::uint32_t type, const char* text) {
  return {.type = type,
          .request = request.request,
          .transaction = request.transaction,
          .body = std::string{text} + '\0'};
}

}  // namespace

std::string StoreMessage::bytes() const {
  const xsd_sockmsg header{.type = type,
                           .req_id = request,
                           .tx_id = transaction,
                           .len = static_cast<std::uint32_t>(body.size())};
  std::string text(sizeof header, '\0');
  std::memcpy(text.data(), &header, sizeof header);
  return text + body;
}

std::optional<StoreMessage> StoreMessages::next() {
  xsd_sockmsg header{};
  if (bytes_.size() < sizeof header || is_broken()) return std::nullopt;
  std::memcpy(&header, bytes_.data(), sizeof header);
  if (bytes_.size() < sizeof header + header.len) return std::nullopt;
  StoreMessage message{.type = header.type,
                       .request = header.req_id,
                       .transaction = header.tx_id,
                       .body = bytes_.substr(sizeof header, header.len)};
  bytes_.erase(0, sizeof header + header.len);
  return message;
}

bool StoreMessages::is_broken() const {
  xsd_sockmsg header{};
  if (bytes_.size() < sizeof header) return false;
  std::memcpy(&header, bytes_.data(), sizeof header);
  return header.len > XENSTORE_PAYLOAD_MAX;
}

FilterBudget budget_for(const FilterRules& rules) {
  const int disks = static_cast<int>(rules.disks.size());
  return {.watches = 32 + 8 * disks, .transactions = 4 + 2 * disks};
}

FilterSession::~FilterSession() {
  budget_.watches += watches_;
  budget_.transactions += static_cast<int>(transactions_.size());
}

void FilterSession::client_says(std::string_view bytes) {
  requests_.add(bytes);
  take_requests();
}

void FilterSession::store_says(std::string_view bytes) {
  answers_.add(bytes);
  while (const auto message = answers_.next()) hand_on(*message);
  take_requests();
}

void FilterSession::take_requests() {
  while (!asked_) {
    auto request = requests_.next();
    if (!request) return;
    switch (judge(rules_, {.type = request->type, .body = request->body})) {
      case FilterVerdict::pass:
        if (is_too_much(*request)) {
          refuse(*request, Because::too_much);
          break;
        }
        to_store += request->bytes();
        if (request->transaction != 0) ++transactions_.at(request->transaction);
        asked_ = std::move(request);
        break;
      case FilterVerdict::pretend:
        to_client += answer_to(*request, request->type, "OK").bytes();
        break;
      case FilterVerdict::refuse:
        refuse(*request, Because::rules);
        break;
    }
  }
}

void FilterSession::refuse(const StoreMessage& request, Because because) {
  to_client += answer_to(request, XS_ERROR, "EACCES").bytes();
  refused_(request, because);
}

/// A transaction has to be one of its own, and be ended some time.
bool FilterSession::is_too_much(const StoreMessage& request) const {
  if (request.type == XS_WATCH && budget_.watches <= 0) return true;
  if (request.type == XS_TRANSACTION_START)
    return request.transaction != 0 || budget_.transactions <= 0;
  if (request.transaction == 0) return request.type == XS_TRANSACTION_END;
  const auto transaction = transactions_.find(request.transaction);
  return transaction == transactions_.end() ||
         (request.type != XS_TRANSACTION_END &&
          transaction->second >= most_requests_in_transaction);
}

void FilterSession::hand_on(const StoreMessage& message) {
  if (message.type == XS_WATCH_EVENT) {
    if (!may_see(rules_, message.body.substr(0, message.body.find('\0')))) return;
  } else if (!asked_) {
    return;
  } else {
    note_answer(message);
  }
  to_client += message.bytes();
}

void FilterSession::note_answer(const StoreMessage& answer) {
  if (answer.type == XS_WATCH) {
    ++watches_;
    --budget_.watches;
  } else if (answer.type == XS_UNWATCH) {
    --watches_;
    ++budget_.watches;
  } else if (answer.type == XS_TRANSACTION_START) {
    std::uint32_t id = 0;
    const char* text = answer.body.c_str();
    std::from_chars(text, text + answer.body.size(), id);
    transactions_.emplace(id, 0);
    --budget_.transactions;
  }
  // Also where it could not be carried through.
  if (asked_->type == XS_TRANSACTION_END && transactions_.erase(asked_->transaction) > 0)
    ++budget_.transactions;
  asked_.reset();
}

}  // namespace xenlaunch
