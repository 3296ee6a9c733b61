#include "launcher/host/locks.h"

#include <map>
#include <utility>

#include "launcher/host/lock.h"

namespace xenlaunch {
namespace {

class FileLocks final : public Locks {
 public:
  FileLocks(std::filesystem::path directory, std::string purpose)
      : directory_{std::move(directory)}, purpose_{std::move(purpose)} {}
  std::shared_ptr<void> take(const std::string& name, const std::string& action) override {
    std::weak_ptr<Lock>& held = held_[name];
    if (std::shared_ptr<Lock> lock = held.lock()) return lock;
    auto lock = std::make_shared<Lock>(directory_, name, purpose_, action);
    held = lock;
    return lock;
  }

 private:
  std::filesystem::path directory_;
  std::string purpose_;
  std::map<std::string, std::weak_ptr<Lock>> held_;
};

}  // namespace

std::unique_ptr<Locks> make_file_locks(const std::filesystem::path& directory,
                                       const std::string& purpose) {
  return std::make_unique<FileLocks>(directory, purpose);
}

}  // namespace xenlaunch
