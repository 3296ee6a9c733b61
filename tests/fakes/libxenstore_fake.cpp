// libxenstore over a map, for linking in its place.
#include "tests/fakes/libxenstore_fake.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

extern "C" {
#include <xenstore.h>
}

struct xs_handle {
  std::optional<std::map<std::string, std::string>> transaction;
};

namespace xenlaunch::test {

FakeXenstored& xenstored() {
  static FakeXenstored daemon;
  return daemon;
}

namespace {

constexpr xs_transaction_t transaction_id = 42;

/// Whether the test wants `function` to fail; sets errno.
bool fails(const std::string& function) {
  const auto found = xenstored().failures.find(function);
  if (found == xenstored().failures.end()) return false;
  errno = found->second;
  return true;
}

/// The nodes as `transaction` sees them; null, and EINVAL, where there is no such transaction.
std::map<std::string, std::string>* nodes_of(xs_handle* handle, xs_transaction_t transaction) {
  if (transaction == XBT_NULL) return &xenstored().nodes;
  if (transaction == transaction_id && handle->transaction) return &*handle->transaction;
  errno = EINVAL;
  return nullptr;
}

/// malloc'd memory with pointers to `texts`, as libxenstore returns lists.
char** list_of(const std::vector<std::string>& texts) {
  std::size_t size = texts.size() * sizeof(char*);
  for (const std::string& text : texts) size += text.size() + 1;
  auto* list = static_cast<char**>(std::malloc(std::max<std::size_t>(size, 1)));
  char* next = reinterpret_cast<char*>(list + texts.size());
  for (std::size_t i = 0; i < texts.size(); ++i) {
    list[i] = std::strcpy(next, texts[i].c_str());
    next += texts[i].size() + 1;
  }
  return list;
}

bool below(const std::string& node, const std::string& path) {
  return node.starts_with(path + "/");
}

}  // namespace
}  // namespace xenlaunch::test

using namespace xenlaunch::test;

extern "C" {

xs_handle* xs_open(unsigned long) {
  if (fails("xs_open")) return nullptr;
  ++xenstored().open_handles;
  return new xs_handle;
}

void xs_close(xs_handle* handle) {
  --xenstored().open_handles;
  delete handle;
}

void* xs_read(xs_handle* handle, xs_transaction_t transaction, const char* path,
              unsigned int* length) {
  const auto* nodes = nodes_of(handle, transaction);
  if (nodes == nullptr || fails("xs_read")) return nullptr;
  const auto found = nodes->find(path);
  if (found == nodes->end()) {
    errno = ENOENT;
    return nullptr;
  }
  *length = static_cast<unsigned>(found->second.size());
  void* value = std::malloc(found->second.size() + 1);
  std::memcpy(value, found->second.c_str(), found->second.size() + 1);
  return value;
}

bool xs_write(xs_handle* handle, xs_transaction_t transaction, const char* path, const void* data,
              unsigned int length) {
  auto* nodes = nodes_of(handle, transaction);
  if (nodes == nullptr || fails("xs_write") || fails(std::string{"xs_write "} + path)) return false;
  (*nodes)[path] = std::string{static_cast<const char*>(data), length};
  return true;
}

bool xs_rm(xs_handle* handle, xs_transaction_t transaction, const char* path) {
  auto* nodes = nodes_of(handle, transaction);
  if (nodes == nullptr || fails("xs_rm")) return false;
  const std::size_t removed = std::erase_if(
      *nodes, [path](const auto& node) { return node.first == path || below(node.first, path); });
  errno = ENOENT;
  return removed > 0;
}

char** xs_directory(xs_handle* handle, xs_transaction_t transaction, const char* path,
                    unsigned int* count) {
  const auto* nodes = nodes_of(handle, transaction);
  if (nodes == nullptr || fails("xs_directory")) return nullptr;
  std::set<std::string> names;
  const std::string prefix = std::string{path} + "/";
  for (const auto& [node, value] : *nodes)
    if (node.starts_with(prefix))
      names.insert(node.substr(prefix.size(), node.find('/', prefix.size()) - prefix.size()));
  if (names.empty() && !nodes->contains(path)) {
    errno = ENOENT;
    return nullptr;
  }
  *count = static_cast<unsigned>(names.size());
  return list_of({names.begin(), names.end()});
}

xs_transaction_t xs_transaction_start(xs_handle* handle) {
  if (fails("xs_transaction_start")) return XBT_NULL;
  xenstored().calls.emplace_back("begin");
  handle->transaction = xenstored().nodes;
  return transaction_id;
}

bool xs_transaction_end(xs_handle* handle, xs_transaction_t, bool abort) {
  xenstored().calls.emplace_back(abort ? "abort" : "commit");
  const auto changed = std::exchange(handle->transaction, std::nullopt);
  if (abort) return true;
  if (fails("xs_transaction_end")) return false;
  if (xenstored().conflicts > 0) {
    --xenstored().conflicts;
    errno = EAGAIN;
    return false;
  }
  xenstored().nodes = changed.value();
  return true;
}

bool xs_set_permissions(xs_handle*, xs_transaction_t, const char* path, xs_permissions* permissions,
                        unsigned int count) {
  if (fails("xs_set_permissions")) return false;
  std::string line = path;
  for (unsigned i = 0; i < count; ++i)
    line +=
        (permissions[i].perms == XS_PERM_READ ? " r" : " n") + std::to_string(permissions[i].id);
  xenstored().permissions.push_back(line);
  return true;
}

bool xs_watch(xs_handle*, const char* path, const char* token) {
  if (fails("xs_watch")) return false;
  xenstored().calls.push_back(std::string{"watch "} + path + " " + token);
  return true;
}

bool xs_unwatch(xs_handle*, const char* path, const char* token) {
  if (fails("xs_unwatch")) return false;
  xenstored().calls.push_back(std::string{"unwatch "} + path + " " + token);
  return true;
}

char** xs_check_watch(xs_handle*) {
  if (xenstored().events.empty()) {
    errno = EAGAIN;
    fails("xs_check_watch");
    return nullptr;
  }
  const std::string token = xenstored().events.front();
  xenstored().events.erase(xenstored().events.begin());
  return list_of({token + "/some/node", token});
}

int xs_fileno(xs_handle*) {
  return 42;
}

bool xs_introduce_domain(xs_handle*, unsigned int domid, unsigned long frame, unsigned int port) {
  if (fails("xs_introduce_domain")) return false;
  xenstored().calls.push_back("introduce " + std::to_string(domid) + " " + std::to_string(frame) +
                              " " + std::to_string(port));
  return true;
}

}  // extern "C"
