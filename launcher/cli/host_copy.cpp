// host copy.
#include "launcher/host/host_copy.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "launcher/boot/host_boot.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/json_text.h"

namespace xenlaunch {
namespace {

using json = nlohmann::ordered_json;

std::string as_json(const std::string& folder, const HostCopy& copy) {
  json document{{"folder", folder}, {"taken", json::array()}, {"left_out", json::array()}};
  for (const HostCopy::Taken& taken : copy.taken)
    document["taken"].push_back({{"path", taken.path}, {"files", taken.files}});
  for (const HostCopy::LeftOut& left_out : copy.left_out)
    document["left_out"].push_back({{"path", left_out.path}, {"reason", left_out.reason}});
  return json_text(document);
}

std::string as_text(const HostCopy& copy) {
  std::string text;
  for (const HostCopy::Taken& taken : copy.taken)
    text += taken.path + (taken.files == 1 ? "" : fmt::format(" ({} files)", taken.files)) + "\n";
  return text;
}

}  // namespace

ExitCode host_copy_command(const Options& options, const ThisHost& host, std::ostream& out,
                           Progress& progress) {
  const std::unique_ptr<Hypervisor> xen = connect_where_xen_runs(options.root, host);
  progress.step("copying what is read of the host");
  const HostCopy copy =
      copy_host(options.root, options.folder, read_running(options.root, xen.get()).xen);
  for (const HostCopy::LeftOut& left_out : copy.left_out)
    progress.warning(left_out.path + " is left out: " + left_out.reason);
  out << (options.json ? as_json(options.folder, copy) : as_text(copy));
  return ExitCode::done;
}

}  // namespace xenlaunch
