#pragma once

#include <filesystem>
#include <set>
#include <string>

#include "devicemodel/qemu_abilities.h"
#include "launcher/host/program.h"

namespace xenlaunch {

/// Where answers are kept, a file for each QEMU, for root alone: gone with the host's power.
struct AnswersFolder {
  std::filesystem::path path;
  bool may_write = false;
};

/// What the QEMU at `path` says to `questions`, and what is kept of it besides. One whose answer is
/// kept is not asked again, as long as the file at `path` is the same by its place, size and time.
/// A question without an answer is noted in the value, not thrown.
QemuAbilities ask_qemu(const std::string& path, const std::set<QemuQuestion>& questions,
                       Programs& programs, const AnswersFolder& kept);

}  // namespace xenlaunch
