#include "launcher/cli/options.h"

#include <filesystem>

#include "base/error.h"
#include "launcher/config/host_settings_reader.h"
#include "launcher/config/vm_values.h"
#include "launcher/host/trusted_file.h"
#include "launcher/host/xen_files.h"

namespace xenlaunch {

std::string refuse_vm_name(const std::string& name) {
  const std::optional<std::string> problem = name_problem(name);
  return problem ? "no VM has this name: it " + *problem : "";
}

PciAddress pci_address(const Options& options) {
  const std::optional<PciAddress> address = PciAddress::parse(options.bdf);
  if (!address)
    throw Error{ExitCode::usage, "cannot use '" + options.bdf +
                                     "' as a PCI address: expected SSSS:BB:DD.F, as 0000:00:02.0"};
  return *address;
}

void refuse_copy(const Options& options, const std::string& action, const std::string& remedy) {
  if (options.root == "/") return;
  throw Error{ExitCode::usage, "cannot " + action +
                                   " below --root: that is a copy of another host's files" +
                                   (remedy.empty() ? "" : "; " + remedy)};
}

std::filesystem::path host_settings_file(const Options& options) {
  return std::filesystem::path{options.root} / "etc/xenlaunch/host.yaml";
}

namespace {

HostSettings completed(HostSettings settings, const std::filesystem::path& root) {
  settings.xen = read_xen_version(root);
  if (settings.hvmloader.empty()) settings.hvmloader = hvmloader_of(settings.xen, root);
  return settings;
}

/// Those of this host name programs that we run.
void require_trusted_settings(const Options& options) {
  if (options.root == "/")
    require_trusted(host_settings_file(options), {}, "`chown root` and `chmod go-w` help");
}

HostSettings read_settings(const Options& options) {
  return completed(read_host_settings(host_settings_file(options)), options.root);
}

}  // namespace

HostSettings host_settings(const Options& options) {
  require_trusted_settings(options);
  return read_settings(options);
}

HostSettings host_settings_if_trusted(const Options& options, Progress& progress) {
  try {
    require_trusted_settings(options);
  } catch (const Error& error) {
    progress.warning(std::string{error.what()} + "; going on without it");
    return completed({}, options.root);
  }
  return read_settings(options);
}

void require_trusted_vm_file(const Options& options, const HostSettings& settings) {
  if (options.root != "/") return;
  require_trusted(options.vm_file, settings.trusted_folders, how_to_be_trusted);
}

}  // namespace xenlaunch
