#pragma once

#include <map>
#include <string>

#include "launcher/config/yaml_fields.h"

namespace xenlaunch {

/// Reports values given more than once; remembers the line of the first.
template <class T>
class FirstLines {
 public:
  void check(const T& value, const std::string& name, const Field& field,
             const std::string& expectation) {
    const auto [first, is_new] = lines_.try_emplace(value, field.line());
    if (is_new) return;
    field.report(name + " is given twice, first at line " + std::to_string(first->second),
                 expectation);
  }

 private:
  std::map<T, int> lines_;
};

}  // namespace xenlaunch
