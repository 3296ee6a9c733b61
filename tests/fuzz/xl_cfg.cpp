// An xl configuration, taken over by way of libxlutil.
#include "launcher/config/vm_reader.h"
#include "launcher/import/import.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  is_refused([&] {
    const Imported imported = import_xl_file(input, "a.cfg");
    require_clean(imported.vm_file);
    for (const KeyReport& key : imported.keys) {
      require_clean(key.key);
      require_clean(key.reason);
    }
    if (imported.vm_file.empty()) return;
    require(!is_refused([&] { parse_vm_file(imported.vm_file, "a.yaml"); }),
            "a VM file that import makes is one", imported.vm_file);
  });
}

const Registration registration{"xl-cfg", run};

}  // namespace
}  // namespace xenlaunch::fuzz
