#pragma once

#include <filesystem>
#include <memory>
#include <string>

namespace xenlaunch {

/// Exclusive claims between launchers.
class Locks {
 public:
  virtual ~Locks() = default;
  /// Held until the last copy of the result is gone; what is held already is held once more. Throws
  /// Error (ExitCode::host) "cannot ACTION: HOLDER".
  virtual std::shared_ptr<void> take(const std::string& name, const std::string& action) = 0;
};

/// Locks as files in `directory`; `purpose` tells others what this process is.
std::unique_ptr<Locks> make_file_locks(const std::filesystem::path& directory,
                                       const std::string& purpose);

}  // namespace xenlaunch
