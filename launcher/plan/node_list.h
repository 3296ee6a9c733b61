#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "xenstore/node.h"

namespace xenlaunch {

/// Collects nodes in the order in which they are to be written.
class NodeList {
 public:
  /// Adds nodes below `base`: a path, a value and who may use them.
  void add(const std::string& base, std::string_view path, std::string value, Access access) {
    nodes_.push_back(
        {path.empty() ? base : base + "/" + std::string{path}, std::move(value), access});
  }
  void add_empty(const std::string& base, std::initializer_list<std::string_view> paths,
                 Access access) {
    for (const std::string_view path : paths) add(base, path, "", access);
  }
  std::vector<Node> take() { return std::move(nodes_); }

 private:
  std::vector<Node> nodes_;
};

}  // namespace xenlaunch
