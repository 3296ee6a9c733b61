#include <csignal>
#include <iostream>

#include "base/standard_files.h"
#include "launcher/cli/cli.h"

int main(int argc, char** argv) {
  xenlaunch::open_missing_standard_files();
  // A limit on the size of files is an error of the write then, which is told and undone.
  std::signal(SIGXFSZ, SIG_IGN);
  const xenlaunch::ThisHost host{.xen = xenlaunch::make_xc_hypervisor,
                                 .store = [] { return xenlaunch::make_xs_store(); }};
  return xenlaunch::run_program({argv + 1, argv + argc}, host, std::cout, std::cerr);
}
