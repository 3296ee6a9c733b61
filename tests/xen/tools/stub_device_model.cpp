// Stands in for QEMU under xl (`device_model_override`), so that `xl create -p` builds a real
// domain around which a launcher can then put a QEMU of its own. It listens on the QMP sockets of
// its command line, answers every command as libxl 4.17 wants it answered, says in xenstore that it
// runs, and stays until a signal ends it. Emulates nothing.
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
extern "C" {
#include <xenstore.h>
}

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using nlohmann::json;

[[noreturn]] void fail(const std::string& action) {
  std::fprintf(stderr, "stub_device_model: cannot %s: %s\n", action.c_str(), std::strerror(errno));
  std::exit(1);
}

/// The value of `key` among "word,key=value,…"; QEMU's doubled commas do not occur in what we need.
std::optional<std::string> option(const std::string& words, const std::string& key) {
  const std::string text = "," + words + ",";
  const std::size_t begin = text.find("," + key + "=");
  if (begin == std::string::npos) return std::nullopt;
  const std::size_t value = begin + key.size() + 2;
  return text.substr(value, text.find(',', value) - value);
}

int listen_at(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) fail("listen at " + path);
  std::memcpy(address.sun_path, path.data(), path.size());
  ::unlink(path.c_str());
  const int fd = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0 || ::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0 ||
      ::listen(fd, 1) != 0)
    fail("listen at " + path);
  return fd;
}

/// The sockets that libxl means to talk QMP on: made here, or given as a descriptor (dm_restrict).
std::vector<int> monitors(const std::vector<std::string>& arguments) {
  std::map<std::string, std::string> chardevs;
  std::vector<int> sockets;
  for (std::size_t i = 0; i + 1 < arguments.size(); ++i) {
    const std::string& words = arguments[i + 1];
    if (arguments[i] == "-chardev" && option(words, "id")) chardevs[*option(words, "id")] = words;
    if (arguments[i] == "-qmp" && words.starts_with("unix:"))
      sockets.push_back(listen_at(words.substr(5, words.find(',') - 5)));
    if (arguments[i] != "-mon") continue;
    const std::string& chardev = chardevs[option(words, "chardev").value_or("")];
    if (const auto fd = option(chardev, "fd")) sockets.push_back(std::atoi(fd->c_str()));
    if (const auto path = option(chardev, "path")) sockets.push_back(listen_at(*path));
  }
  return sockets;
}

json answer(const std::string& command) {
  if (command == "query-chardev" || command == "query-cpus-fast" || command == "query-block")
    return json::array();
  if (command == "query-pci") return json::array({{{"bus", 0}, {"devices", json::array()}}});
  if (command == "query-vnc") return {{"enabled", false}};
  if (command == "query-status")
    return {{"status", "running"}, {"running", true}, {"singlestep", false}};
  if (command == "query-version")
    return {{"qemu", {{"major", 7}, {"minor", 2}, {"micro", 0}}}, {"package", "stub"}};
  return json::object();
}

bool send_line(int client, const json& message) {
  const std::string line = message.dump() + "\r\n";
  return ::send(client, line.data(), line.size(), MSG_NOSIGNAL) ==
         static_cast<ssize_t>(line.size());
}

/// Until the client goes. libxl sends one command a line.
void talk(int client) {
  std::string received;
  char buffer[4096];
  if (!send_line(
          client,
          {{"QMP", {{"version", answer("query-version")}, {"capabilities", json::array()}}}}))
    return;
  for (ssize_t size; (size = ::recv(client, buffer, sizeof buffer, 0)) > 0;) {
    received.append(buffer, static_cast<std::size_t>(size));
    for (std::size_t end; (end = received.find('\n')) != std::string::npos;
         received.erase(0, end + 1)) {
      const json command =
          json::parse(received.substr(0, end), nullptr, /*allow_exceptions=*/false);
      if (!command.is_object()) continue;
      const std::string name = command.value("execute", "");
      std::printf("stub_device_model: %s\n", name.c_str());
      json reply = {{"return", answer(name)}};
      if (command.contains("id")) reply["id"] = command["id"];
      if (!send_line(client, reply)) return;
    }
  }
}

/// One client after another, as QEMU's own sockets have it.
void serve(int socket) {
  for (int client; (client = ::accept4(socket, nullptr, nullptr, SOCK_CLOEXEC)) >= 0;) {
    talk(client);
    ::close(client);
  }
}

void say_running(const std::string& domid) {
  const std::unique_ptr<xs_handle, void (*)(xs_handle*)> store{xs_open(0), xs_close};
  if (!store) fail("open xenstore");
  const std::string path = "/local/domain/0/device-model/" + domid + "/state";
  if (!xs_write(store.get(), XBT_NULL, path.c_str(), "running", std::strlen("running")))
    fail("write " + path);
}

}  // namespace

int main(int argc, char** argv) {
  const std::vector<std::string> arguments{argv + 1, argv + argc};
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  std::string domid;
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    std::string_view word = arguments[i];
    if (word.starts_with("--")) word.remove_prefix(1);
    if (word == "-version" || word == "-help" || word == "-h") {
      std::puts("QEMU emulator version 7.2.0 (stub_device_model)");
      return 0;
    }
    if (word == "-xen-domid" && i + 1 < arguments.size()) domid = arguments[i + 1];
  }
  if (domid.empty()) {
    std::fputs("stub_device_model: no -xen-domid\n", stderr);
    return 1;
  }
  // Whatever the parent has made of them.
  for (const int number : {SIGTERM, SIGHUP, SIGINT}) ::signal(number, SIG_DFL);
  sigset_t none;
  ::sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);

  for (const int socket : monitors(arguments)) std::thread{serve, socket}.detach();
  say_running(domid);
  while (true) ::pause();
}
