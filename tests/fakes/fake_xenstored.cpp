#include "tests/fakes/fake_xenstored.h"

#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <set>
#include <stdexcept>
#include <utility>

#include "base/unix_socket.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

namespace xenlaunch::test {
namespace {

using Strings = std::vector<std::string>;

/// What a request is answered by that fails; the text is the error's name.
struct Refused : std::runtime_error {
  using std::runtime_error::runtime_error;
};

constexpr std::uint32_t transaction_id = 42;

const std::map<std::uint32_t, std::string> names_of_types{{XS_DIRECTORY, "directory"},
                                                          {XS_DIRECTORY_PART, "directory_part"},
                                                          {XS_READ, "read"},
                                                          {XS_WRITE, "write"},
                                                          {XS_RM, "rm"},
                                                          {XS_SET_PERMS, "set_perms"},
                                                          {XS_WATCH, "watch"},
                                                          {XS_UNWATCH, "unwatch"},
                                                          {XS_INTRODUCE, "introduce"},
                                                          {XS_TRANSACTION_START, "begin"},
                                                          {XS_TRANSACTION_END, "end"}};

std::string with_nul(const std::string& text) {
  return text + '\0';
}

/// The texts of a body, each with a NUL behind it; the last may lack it.
Strings split(const std::string& body) {
  Strings all;
  for (std::size_t at = 0; at < body.size();) {
    const std::size_t end = std::min(body.find('\0', at), body.size());
    all.push_back(body.substr(at, end - at));
    at = end + 1;
  }
  return all;
}

std::string joined(const Strings& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

bool below(const std::string& node, const std::string& path) {
  return node.starts_with(path + "/");
}

/// False: the other end has closed.
bool take(int fd, char* data, std::size_t size) {
  return size == 0 || ::recv(fd, data, size, MSG_WAITALL) == static_cast<ssize_t>(size);
}

}  // namespace

/// A message as on the wire.
struct FakeXenstored::Message {
  std::uint32_t type = 0;
  std::uint32_t id = 0;
  std::uint32_t transaction = 0;
  std::string body;

  std::string bytes() const {
    const xsd_sockmsg header{type, id, transaction, static_cast<std::uint32_t>(body.size())};
    std::string all(sizeof header, '\0');
    std::memcpy(all.data(), &header, sizeof header);
    return all + body;
  }
};

std::optional<FakeXenstored::Message> FakeXenstored::receive(int fd) {
  xsd_sockmsg header{};
  if (!take(fd, reinterpret_cast<char*>(&header), sizeof header)) return std::nullopt;
  Message message{header.type, header.req_id, header.tx_id, std::string(header.len, '\0')};
  if (!take(fd, message.body.data(), message.body.size())) return std::nullopt;
  return message;
}

std::string FakeXenstored::change(const std::string& token) {
  return Message{.type = XS_WATCH_EVENT, .body = with_nul(token + "/a/node") + with_nul(token)}
      .bytes();
}

std::string FakeXenstored::answer_to_write() {
  return Message{.type = XS_WRITE, .body = with_nul("OK")}.bytes();
}

FakeXenstored::FakeXenstored() {
  std::string name = std::filesystem::temp_directory_path() / "xenstored.XXXXXX";
  folder_ = ::mkdtemp(name.data());
  listener_ = bind_unix(socket(), 0600);
  if (listener_.get() < 0 || ::listen(listener_.get(), 1) != 0)
    throw std::runtime_error{"no socket"};
  thread_ = std::jthread{[this] { serve(); }};
}

FakeXenstored::~FakeXenstored() {
  end();
  std::filesystem::remove_all(folder_);
}

void FakeXenstored::end() {
  {
    const std::lock_guard lock{ending_};
    ended_ = true;
    ::shutdown(listener_.get(), SHUT_RDWR);
    ::shutdown(client_.get(), SHUT_RDWR);
  }
  if (thread_.joinable()) thread_.join();
}

void FakeXenstored::send(const std::string& bytes) const {
  ::send(client_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
}

void FakeXenstored::drop_client() const {
  ::shutdown(client_.get(), SHUT_RDWR);
}

void FakeXenstored::serve() {
  do serve_client();
  while (--clients > 0);
}

void FakeXenstored::serve_client() {
  FileDescriptor client{::accept(listener_.get(), nullptr, nullptr)};
  {
    const std::lock_guard lock{ending_};
    client_ = std::move(client);
    if (ended_) ::shutdown(client_.get(), SHUT_RDWR);
  }
  while (const std::optional<Message> request = receive(client_.get())) {
    ++requests;
    send(std::exchange(before_answer, "") + answer(*request) + std::exchange(behind_answer, ""));
  }
}

std::string FakeXenstored::answer(const Message& request) {
  Message answer{request.type, request.id, request.transaction, {}};
  try {
    const std::string what = names_of_types.at(request.type);
    for (const std::string& name : {what, what + " " + split(request.body).at(0)})
      if (const auto found = failures.find(name); found != failures.end())
        throw Refused{found->second};
    answer.body = perform(what, request);
  } catch (const Refused& refused) {
    answer.type = XS_ERROR;
    answer.body = with_nul(refused.what());
  }
  return answer.bytes();
}

std::string FakeXenstored::perform(const std::string& what, const Message& request) {
  const std::string ok = with_nul("OK");
  const Strings arguments = split(request.body);
  const std::string& path = arguments.at(0);
  if (what == "begin") {
    calls.emplace_back("begin");
    transaction_ = nodes;
    return with_nul(std::to_string(transaction_id));
  }
  if (request.transaction != 0 && (request.transaction != transaction_id || !transaction_))
    throw Refused{"ENOENT"};
  Nodes& seen = request.transaction == 0 ? nodes : *transaction_;
  if (what == "end") {
    calls.emplace_back(path == "T" ? "commit" : "abort");
    const Nodes changed = *std::exchange(transaction_, std::nullopt);
    if (path == "T" && conflicts-- > 0) throw Refused{"EAGAIN"};
    if (path == "T") nodes = changed;
  } else if (what == "read") {
    if (!seen.contains(path)) throw Refused{"ENOENT"};
    return seen[path];
  } else if (what == "write") {
    for (std::size_t slash = path.find('/', 1); slash != std::string::npos;
         slash = path.find('/', slash + 1))
      seen.try_emplace(path.substr(0, slash));
    seen[path] = request.body.substr(path.size() + 1);
  } else if (what == "rm") {
    if (std::erase_if(seen, [&path](const auto& node) {
          return node.first == path || below(node.first, path);
        }) == 0)
      throw Refused{"ENOENT"};
  } else if (what == "directory") {
    const std::string all = names(path, seen);
    return all.size() > room ? throw Refused{"E2BIG"} : all;
  } else if (what == "directory_part") {
    return part_of_names(arguments, seen);
  } else if (what == "set_perms") {
    permissions.push_back(joined(arguments));
  } else {
    calls.push_back(what + " " + joined(arguments));
  }
  return ok;
}

std::string FakeXenstored::names(const std::string& path, const Nodes& seen) const {
  std::set<std::string> children;
  for (const auto& [node, value] : seen)
    if (below(node, path))
      children.insert(
          node.substr(path.size() + 1, node.find('/', path.size() + 1) - path.size() - 1));
  if (children.empty() && !seen.contains(path)) throw Refused{"ENOENT"};
  std::string all;
  for (const std::string& child : children) all += with_nul(child);
  return all;
}

/// As much of the names from an offset on as there is room for.
std::string FakeXenstored::part_of_names(const Strings& arguments, const Nodes& seen) {
  const std::string all = names(arguments.at(0), seen);
  const std::size_t offset = std::min<std::size_t>(std::stoul(arguments.at(1)), all.size());
  std::string part = all.substr(offset, room);
  part.resize(part.rfind('\0') + 1);
  const bool last = offset + part.size() == all.size();
  const std::string generation = with_nul(std::to_string(generation_));
  if (changes_of_list-- > 0) nodes[arguments.at(0) + "/0" + std::to_string(++generation_)] = "";
  return generation + part + (last ? with_nul("") : "");
}

}  // namespace xenlaunch::test
