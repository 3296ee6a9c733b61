#include <iostream>

#include "launcher/cli/cli.h"

int main(int argc, char** argv) {
  return xenlaunch::run_program({argv + 1, argv + argc}, std::cout, std::cerr);
}
