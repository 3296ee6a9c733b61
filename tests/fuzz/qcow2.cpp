// The header of a qcow2 image, to which a guest that has broken into QEMU can write.
#include <algorithm>

#include "launcher/host/qcow2_links.h"
#include "tests/fuzz/target.h"

namespace xenlaunch::fuzz {
namespace {

void run(std::string_view input) {
  const std::vector<Qcow2Link> links = qcow2_links_in(input);
  require(links.size() <= 3, "an image names few files");
  require(links.empty() || input.starts_with("QFI\xfb"), "what is no qcow2 image names none");
  for (const Qcow2Link& link : links) {
    require(input.find(link.name) != std::string_view::npos, "a name stands in the image");
    require(!link.is_data || link.format.empty(), "only a backing file has a format");
  }
  require(std::ranges::count(links, false, &Qcow2Link::is_data) <= 1, "one backing file");
}

const Registration registration{"qcow2", run};

}  // namespace
}  // namespace xenlaunch::fuzz
