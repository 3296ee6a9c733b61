#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "launcher/config/vm_config.h"
#include "launcher/xen/domains.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// What this host has of what network cards need.
struct NicFacts {
  enum class Interface { missing, bridge, other };      ///< a bridge of the kernel's
  std::map<std::string, Interface> interfaces;          ///< by the bridges' names
  std::map<std::string, std::string> unusable_scripts;  ///< the reason, by path
  std::map<std::string, std::string> foreign_scripts;   ///< who else could have written it, by path
  bool has_netback = false;
  bool has_tun = false;
  bool has_open_vswitch = false;
  friend bool operator==(const NicFacts&, const NicFacts&) = default;
};

/// `root` is "/", `trusted_folders` of the host's settings.
NicFacts read_nic_facts(const std::vector<NicConfig>& nics, const std::filesystem::path& root,
                        const std::vector<std::string>& trusted_folders);

/// What keeps `nics` from being connected. Whether `bridge` is one is looked at for the scripts
/// whose bridges are known: vif-bridge and vif-openvswitch.
std::vector<Finding> nic_findings(const std::vector<NicConfig>& nics, const NicFacts& facts);

/// The addresses of `nics`, all given, that another domain has which lives and is not `own`: as the
/// backends say, which no guest writes.
std::vector<Finding> mac_findings(const std::vector<NicConfig>& nics, Store& store, Domains& xen,
                                  std::optional<Domid> own = {});

}  // namespace xenlaunch
