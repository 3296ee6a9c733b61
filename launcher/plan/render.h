#pragma once

#include <string>
#include <vector>

#include "launcher/plan/launch_plan.h"
#include "xenstore/node.h"

namespace xenlaunch {

/// What only the running start knows, as text. A dry run leaves the words that stand in for it.
struct Facts {
  std::string domid = "DOMID";
  std::string uuid = "UUID";
  std::string start_time = "START_TIME";  ///< seconds since the epoch
  std::string store_port = "STORE_PORT";
  std::string store_ring = "STORE_RING_REF";  ///< guest frame number
  std::string console_port = "CONSOLE_PORT";
  std::string console_ring = "CONSOLE_RING_REF";
};

/// The device model's command line.
std::vector<std::string> render_argv(const LaunchPlan& plan, const Facts& facts);
/// That of the QEMU which serves the paravirtual disks; empty where there is none.
std::vector<std::string> render_disk_server_argv(const LaunchPlan& plan, const Facts& facts);

/// The nodes of a new domain, as libxl__domain_make (tools/libs/light/libxl_create.c) writes them,
/// but with what hvmloader reads. All within one transaction.
std::vector<Node> render_domain_nodes(const LaunchPlan& plan, const Facts& facts);

/// The nodes by which pciback and the xl tools learn of the passed devices (libxl_pci.c); empty
/// without devices.
std::vector<Node> render_pci_nodes(const LaunchPlan& plan, const Facts& facts);

/// The nodes by which dom0's blkback learns of its disks; empty without any.
std::vector<Node> render_disk_nodes(const LaunchPlan& plan, const Facts& facts);
/// Those of the network cards (nic_nodes.h); empty without any.
std::vector<Node> render_nic_nodes(const LaunchPlan& plan, const Facts& facts);

/// The nodes that need the built domain (libxl__build_post, libxl_dom.c) and the console's
/// (libxl_console.c).
std::vector<Node> render_build_nodes(const LaunchPlan& plan, const Facts& facts);

/// All of the above in the order of writing.
std::vector<Node> render_xenstore(const LaunchPlan& plan, const Facts& facts);

/// The nodes whose removal takes all of these away again.
std::vector<std::string> domain_node_roots(const Facts& facts);
std::vector<std::string> pci_node_roots(const Facts& facts);
/// blkback's first: what is removed last, as blkback would write there again.
std::vector<std::string> disk_node_roots(const LaunchPlan& plan, const Facts& facts);

/// An undo of a plan (steps_of), with what the running start knows in the place of the words that
/// stand in for it: each is a whole part of a node's path.
Undo render_undo(const Undo& planned, const Facts& facts);

/// The nodes that QEMU needs of a domain which a toolstack has built, and those whose removal
/// leaves that domain's nodes as they were.
std::vector<Node> render_device_nodes(const LaunchPlan& plan, const Facts& facts);
std::vector<std::string> device_node_roots(const LaunchPlan& plan, const Facts& facts);

}  // namespace xenlaunch
