#pragma once

#include <string>
#include <utility>

#include "base/error.h"
#include "xenstore/store.h"

namespace xenlaunch {

/// A watch for as long as it lives.
class Watch {
 public:
  Watch(Store& store, std::string path) : store_{store}, path_{std::move(path)} {
    store_.watch(path_);
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;
  ~Watch() {
    try {
      store_.unwatch(path_);
    } catch (const Error&) {  // xenstored is gone, and its watches with it
    }
  }

 private:
  Store& store_;
  std::string path_;
};

}  // namespace xenlaunch
