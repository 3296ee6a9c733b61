#include "devicemodel/proc_cgroup.h"

#include <sstream>

namespace xenlaunch {

std::string control_group_in(std::string_view cgroup) {
  constexpr std::string_view version_2 = "0::";
  std::istringstream lines{std::string{cgroup}};
  for (std::string line; std::getline(lines, line);)
    if (line.starts_with(version_2)) return line.substr(version_2.size());
  return {};
}

}  // namespace xenlaunch
