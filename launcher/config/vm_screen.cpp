#include "launcher/config/vm_screen.h"

#include <algorithm>
#include <string>

#include "devicemodel/qemu_screen_args.h"
#include "launcher/config/vm_values.h"

namespace xenlaunch {
namespace {

constexpr unsigned last_port = 65535;

std::optional<std::string> read_path(const Field& field) {
  return field.absolute_path();
}

/// QEMU makes a file's name of it.
std::optional<std::string> read_keymap(const Field& field) {
  const std::string expectation = "one of QEMU's keymaps, such as de or en-us";
  std::optional<std::string> name = field.text(expectation);
  if (!name) return std::nullopt;
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || c == '-'; };
  if (!name->empty() && name->front() != '-' && std::ranges::all_of(*name, is_letter)) return name;
  field.report(in_quotes(*name) + " is no name of a keymap", expectation);
  return std::nullopt;
}

}  // namespace

VncConfig read_vnc(const Field& field) {
  VncConfig vnc;
  const MappingReader mapping{
      field, {"listen", "port", "socket", "password_file", "keymap", "without_password"}};
  const std::optional<Field> socket = mapping.find("socket");
  const std::optional<Field> port = mapping.find("port");
  const std::optional<Field> listen = mapping.find("listen");
  if (!socket) vnc.listen = "127.0.0.1";
  read_into(vnc.listen, listen, read_ip_address);
  read_into(vnc.port, port,
            [](const Field& value) { return value.integer(first_vnc_port, last_port); });
  read_into(vnc.socket, socket, read_socket_path);
  for (const std::optional<Field>& other : {listen, port})
    if (socket && other) other->report("is of no use beside socket", "one of them");
  read_into(vnc.password_file, mapping.find("password_file"), read_path);
  read_into(vnc.keymap, mapping.find("keymap"), read_keymap);
  read_into(vnc.without_password, mapping.find("without_password"),
            [](const Field& value) { return value.boolean(); });
  return vnc;
}

SpiceConfig read_spice(const Field& field) {
  SpiceConfig spice;
  const MappingReader mapping{field, {"listen", "port", "password_file"}};
  read_into(spice.listen, mapping.require("listen", "an IPv4 or IPv6 address"), read_ip_address);
  read_into(spice.port, mapping.require("port", "a number from 1 to 65535"),
            [](const Field& value) { return value.integer(1, last_port); });
  read_into(spice.password_file, mapping.find("password_file"), read_path);
  return spice;
}

std::optional<SoundCard> read_sound(const Field& field) {
  return field.choice<SoundCard>({{"hda", SoundCard::hda}, {"ac97", SoundCard::ac97}});
}

std::optional<TpmVersion> read_tpm(const Field& field) {
  const MappingReader mapping{field, {"version"}};
  const std::optional<Field> version = mapping.require("version", "2.0");
  return version ? version->choice<TpmVersion>({{"2.0", TpmVersion::v2_0}}) : std::nullopt;
}

}  // namespace xenlaunch
