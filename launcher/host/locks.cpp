#include "launcher/host/locks.h"

#include <utility>

#include "launcher/host/lock.h"

namespace xenlaunch {
namespace {

class FileLocks final : public Locks {
 public:
  FileLocks(std::filesystem::path directory, std::string purpose)
      : directory_{std::move(directory)}, purpose_{std::move(purpose)} {}
  std::shared_ptr<void> take(const std::string& name, const std::string& action) override {
    return std::make_shared<Lock>(directory_, name, purpose_, action);
  }

 private:
  std::filesystem::path directory_;
  std::string purpose_;
};

}  // namespace

std::unique_ptr<Locks> make_file_locks(const std::filesystem::path& directory,
                                       const std::string& purpose) {
  return std::make_unique<FileLocks>(directory, purpose);
}

}  // namespace xenlaunch
