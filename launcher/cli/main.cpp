#include <iostream>

#include "launcher/cli/cli.h"

int main(int argc, char** argv) {
  const xenlaunch::ThisHost host{.xen = xenlaunch::make_xc_hypervisor,
                                 .store = [] { return xenlaunch::make_xs_store(); }};
  return xenlaunch::run_program({argv + 1, argv + argc}, host, std::cout, std::cerr);
}
