// Writes the completion for a shell, when xenlaunch is built.
#include <exception>
#include <fstream>
#include <iostream>
#include <iterator>

#include "completions/completion.h"

int main(int argc, char** argv) {
  if (argc != 4) {
    std::cerr << "Use: xenlaunch-completions bash|zsh|fish TEMPLATE FILE\n";
    return 2;
  }
  try {
    std::ifstream in{argv[2], std::ios::binary};
    const std::string text{std::istreambuf_iterator<char>{in}, {}};
    std::ofstream out{argv[3], std::ios::binary};
    out << xenlaunch::completion(argv[1], text);
    out.close();
    if (!in || !out) throw std::runtime_error{"a file cannot be read or written"};
  } catch (const std::exception& error) {
    std::cerr << "xenlaunch-completions: cannot write " << argv[3] << ": " << error.what() << '\n';
    return 1;
  }
  return 0;
}
