#include <csignal>
#include <iostream>
#include <string_view>

#include "base/standard_files.h"
#include "devicemodel/device_model.h"
#include "launcher/broker/broker.h"
#include "launcher/cli/cli.h"
#include "xenstore/filter.h"

int main(int argc, char** argv) {
  xenlaunch::open_missing_standard_files();
  // A limit on the size of files is an error of the write then, which is told and undone.
  std::signal(SIGXFSZ, SIG_IGN);
  // What a start runs beside QEMU, and nobody by hand.
  if (argc > 1 && std::string_view{argv[1]} == xenlaunch::broker_word)
    return xenlaunch::run_broker({argv + 2, argv + argc}, std::cerr);
  if (argc > 1 && std::string_view{argv[1]} == xenlaunch::store_filter_word)
    return xenlaunch::run_store_filter({argv + 2, argv + argc}, std::cerr);
  const xenlaunch::ThisHost host{.xen = xenlaunch::make_xc_hypervisor,
                                 .store = [] { return xenlaunch::make_xs_store(); }};
  return xenlaunch::run_program({argv + 1, argv + argc}, host, std::cout, std::cerr);
}
