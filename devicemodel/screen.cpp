#include "devicemodel/screen.h"

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error.h"
#include "devicemodel/qmp_client.h"

namespace xenlaunch {
namespace {

using json = nlohmann::json;

constexpr std::chrono::seconds answer_time{5};
/// Written with the guest's pixels, of which there may be many, while it runs.
constexpr std::chrono::seconds dump_time{30};

/// What is no UTF-8 has been refused where it was read.
std::string arguments(const json& object) {
  return object.dump(-1, ' ', /*ensure_ascii=*/true, json::error_handler_t::replace);
}

}  // namespace

void set_screen_password(const std::filesystem::path& socket, ScreenProtocol protocol,
                         const std::string& password) {
  QmpClient{socket}.execute(
      "set_password", answer_time,
      arguments({{"protocol", protocol == ScreenProtocol::vnc ? "vnc" : "spice"},
                 {"password", password}}));
}

std::optional<unsigned> vnc_port_in(const std::string& query_vnc_answer) {
  const json answer = json::parse(query_vnc_answer, nullptr, /*allow_exceptions=*/false);
  if (!answer.is_object() || !answer.contains("return")) return std::nullopt;
  const json& vnc = answer["return"];
  if (!vnc.is_object() || !vnc.contains("service") || !vnc["service"].is_string())
    return std::nullopt;
  const std::string text = vnc["service"].get<std::string>();
  unsigned port = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
  const bool is_number = error == std::errc{} && end == text.data() + text.size();
  return is_number && port > 0 && port <= 65535 ? std::optional{port} : std::nullopt;
}

unsigned query_vnc_port(const std::filesystem::path& socket) {
  const std::optional<unsigned> port =
      vnc_port_in(QmpClient{socket}.execute("query-vnc", answer_time));
  if (!port)
    throw Error{ExitCode::device_model,
                "cannot find where QEMU shows the guest's screen: it names no port"};
  return *port;
}

void dump_screen(const std::filesystem::path& socket, const FileDescriptor& file) {
  QmpClient qemu{socket};
  qemu.with_file(file, answer_time, [&](const std::string& name) {
    qemu.execute("screendump", dump_time, arguments({{"filename", name}}));
  });
}

}  // namespace xenlaunch
