#pragma once

#include <iosfwd>
#include <string>

#include "base/progress.h"
#include "launcher/boot/boot_config.h"
#include "launcher/boot/host_boot.h"
#include "launcher/cli/json_text.h"
#include "launcher/cli/options.h"
#include "launcher/host/this_host.h"

// What the commands have in common that change what the next boot starts with.

namespace xenlaunch {

/// What runs and what the next boot will run, once that has what `change` wants. `action` reads on
/// from "cannot".
HostBoot change_next_boot(const BootChange& change, const Options& options,
                          const std::string& action, const ThisHost& host, Progress& progress);

/// The state that comes of it: `document` with --json, else `state`.
void print_state(const Options& options, std::ostream& out, const nlohmann::ordered_json& document,
                 const std::string& state);

}  // namespace xenlaunch
