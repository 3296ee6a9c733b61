#include "xenstore/filter_rules.h"

extern "C" {
#include <xen/io/xs_wire.h>
}

#include <string>
#include <vector>

#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

using namespace std::string_literals;

const FilterRules rules{.domid = 7, .disks = {"768", "51728"}};
const std::string backend = "/local/domain/0/backend/qdisk/7/768";
const std::string frontend = "/local/domain/7/device/vbd/768";

FilterVerdict of(std::uint32_t type, const std::string& body) {
  return judge(rules, {.type = type, .body = body});
}

FilterVerdict write(const std::string& path, const std::string& value) {
  return of(XS_WRITE, path + '\0' + value);
}

TEST_CASE("what a filter is for goes over a command line") {
  CHECK(words_of(rules) == std::vector<std::string>{"7", "768", "51728"});
  CHECK(parse_filter_rules({"7", "768", "51728"}) == rules);
  CHECK(error_of([] {
          parse_filter_rules({"7", "768/state"});
        }) == "1: cannot take '768/state' as a domain or disk of the filter");
  CHECK(error_of([] {
          parse_filter_rules({"7", "0768"});
        }) == "1: cannot take '0768' as a domain or disk of the filter");
  CHECK(error_of([] { parse_filter_rules({}); }) == "1: cannot filter for no domain");
}

TEST_CASE("what serves disks reads and watches the guest's devices and their backends") {
  for (const std::string& path : {backend, backend + "/params", frontend, frontend + "/ring-ref",
                                  "backend/qdisk/7"s, "backend/vfb/7"s, "backend/vif/7/0/mac"s}) {
    CAPTURE(path);
    for (const std::uint32_t type : {XS_READ, XS_DIRECTORY})
      CHECK(of(type, path + '\0') == FilterVerdict::pass);
    for (const std::uint32_t type : {XS_WATCH, XS_UNWATCH})
      CHECK(of(type, path + "\0token\0"s) == FilterVerdict::pass);
    CHECK(may_see(rules, path));
  }
}

TEST_CASE("what serves disks reads once which backends there are") {
  for (const std::string& path : {"backend"s, "/local/domain/0/backend"s, "domid"s}) {
    CAPTURE(path);
    CHECK(of(XS_READ, path + '\0') == FilterVerdict::pass);
    CHECK(of(XS_DIRECTORY, path + '\0') == FilterVerdict::pass);
    CHECK(of(XS_WATCH, path + "\0token\0"s) == FilterVerdict::refuse);
    CHECK_FALSE(may_see(rules, path));
  }
}

TEST_CASE("what serves disks does not have xenstored keep long texts") {
  const std::string longest = frontend + "/" + std::string(256 - frontend.size() - 1, 'x');
  CHECK(of(XS_READ, longest + '\0') == FilterVerdict::pass);
  CHECK(of(XS_READ, longest + "x\0"s) == FilterVerdict::refuse);
  const std::string token(128, 'x');
  CHECK(of(XS_WATCH, frontend + '\0' + token + '\0') == FilterVerdict::pass);
  CHECK(of(XS_WATCH, frontend + '\0' + token + "x\0"s) == FilterVerdict::refuse);
}

TEST_CASE("what serves disks does not read what is another's") {
  for (const std::string& path : {""s,
                                  "/"s,
                                  "/local"s,
                                  "/local/domain"s,
                                  "/local/domain/0"s,
                                  "/local/domain/7"s,
                                  "/local/domain/7/console/vnc-pass"s,
                                  "/local/domain/7/devices"s,
                                  "/local/domain/70/device"s,
                                  "/local/domain/8/device/vbd/768"s,
                                  "backend/qdisk"s,
                                  "backend/qdisk/8/768"s,
                                  "backend/qdisk/70"s,
                                  "backend/qdisk/7a/x"s,
                                  "backend//7"s + "0",
                                  "backends/qdisk/7"s,
                                  "/libxl"s,
                                  "/vm"s,
                                  "/tool/xenstored"s,
                                  "@releaseDomain"s,
                                  "device-model/7/state"s}) {
    CAPTURE(path);
    for (const std::uint32_t type : {XS_READ, XS_DIRECTORY})
      CHECK(of(type, path + '\0') == FilterVerdict::refuse);
    CHECK(of(XS_WATCH, path + "\0token\0"s) == FilterVerdict::refuse);
    CHECK_FALSE(may_see(rules, path));
  }
}

TEST_CASE("what serves disks says what they can do, and how far it is") {
  CHECK(write(backend, "") == FilterVerdict::pass);
  CHECK(write(backend + "/state", "4") == FilterVerdict::pass);
  CHECK(write("backend/qdisk/7/51728/sectors", "18446744073709551615") == FilterVerdict::pass);
  CHECK(write(backend + "/frontend", frontend) == FilterVerdict::pass);
  CHECK(write(backend + "/frontend-id", "7") == FilterVerdict::pass);
  CHECK(write(backend + "/hotplug-status", "connected") == FilterVerdict::pass);
  CHECK(write(frontend + "/device-type", "cdrom") == FilterVerdict::pass);
  CHECK(write(frontend + "/virtual-device", "768") == FilterVerdict::pass);
  CHECK(write(frontend + "/state", "1") == FilterVerdict::pass);
  CHECK(of(XS_MKDIR, backend + '\0') == FilterVerdict::pass);
  CHECK(of(XS_SET_PERMS, backend + "\0n0\0r7\0"s) == FilterVerdict::pass);
  for (const std::string& path : {backend, frontend})
    CHECK(of(XS_RM, path + '\0') == FilterVerdict::pass);
}

TEST_CASE("what serves disks writes nothing by which others could be led") {
  for (const auto& [path, value] : std::vector<std::pair<std::string, std::string>>{
           {backend, "x"},
           {backend + "/state", "four"},
           {backend + "/state", ""},
           {backend + "/state", "4\0"s},
           {backend + "/sectors", "184467440737095516150"},
           {backend + "/params", "aio:/dev/sda"},
           {backend + "/params", "1"},
           {backend + "/type", "1"},
           {backend + "/state/1", "1"},
           {backend + "/frontend", "/local/domain/8/device/vbd/768"},
           {backend + "/frontend-id", "8"},
           {backend + "/hotplug-status", "error"},
           {"backend/qdisk/7", ""},
           {"backend/qdisk/7/832/state", "4"},
           {"backend/qdisk/8/768/state", "4"},
           {"backend/vbd/7/768/state", "4"},
           {"/local/domain/0/backend/vbd/7/768/physical-device", "8:0"},
           {frontend, ""},
           {frontend + "/device-type", "1"},
           {frontend + "/backend", "/local/domain/0/backend/vbd/7/768"},
           {"/local/domain/7/device/vbd/832/state", "1"},
           {"/local/domain/7/control/shutdown", "poweroff"},
           {"/libxl/7/device/vbd/768/backend", "/local/domain/0/backend/vbd/8/768"}}) {
    CAPTURE(path);
    CAPTURE(value);
    CHECK(write(path, value) == FilterVerdict::refuse);
  }
  for (const std::string& perms :
       {"n0\0w7\0"s, "n7\0"s, "n0\0r7\0r8\0"s, "n0\0r70\0"s, "n0\0r7"s, ""s})
    CHECK(of(XS_SET_PERMS, backend + '\0' + perms) == FilterVerdict::refuse);
  CHECK(of(XS_SET_PERMS, frontend + "\0n0\0r7\0"s) == FilterVerdict::refuse);
  for (const std::string& path : {"backend/qdisk/7"s, backend + "/state", "/local/domain/7"s}) {
    CHECK(of(XS_RM, path + '\0') == FilterVerdict::refuse);
    CHECK(of(XS_MKDIR, path + '\0') == FilterVerdict::refuse);
  }
}

TEST_CASE("what others have written is done already") {
  for (const std::string& path : {"device-model/7/state"s, "device-model/7/backends/vfb"s,
                                  "/local/domain/0/device-model/7/backends"s, backend + "/mode",
                                  "backend/qdisk/7/51728/mode"s})
    for (const std::uint32_t type : {XS_WRITE, XS_MKDIR, XS_RM, XS_SET_PERMS})
      CHECK(of(type, path + "\0anything"s) == FilterVerdict::pretend);
  for (const std::string& path :
       {"device-model/8/state"s, "device-model/7"s, "device-model/7/physmap"s,
        "device-model/7/statement"s, "backend/qdisk/7/832/mode"s, "backend/vbd/7/768/mode"s,
        frontend + "/mode"})
    CHECK(write(path, "running") == FilterVerdict::refuse);
}

TEST_CASE("transactions pass, and nothing that is not one request") {
  CHECK(of(XS_TRANSACTION_START, "\0"s) == FilterVerdict::pass);
  CHECK(of(XS_TRANSACTION_END, "T\0"s) == FilterVerdict::pass);
  CHECK(of(XS_TRANSACTION_END, "F\0"s) == FilterVerdict::pass);
  CHECK(of(XS_TRANSACTION_START, "x\0"s) == FilterVerdict::refuse);
  CHECK(of(XS_TRANSACTION_END, "T"s) == FilterVerdict::refuse);
  CHECK(of(XS_TRANSACTION_END, "T\0T\0"s) == FilterVerdict::refuse);
  CHECK(of(XS_READ, backend) == FilterVerdict::refuse);
  CHECK(of(XS_READ, backend + "\0/libxl\0"s) == FilterVerdict::refuse);
  CHECK(of(XS_WATCH, backend + "\0token"s) == FilterVerdict::refuse);
  CHECK(of(XS_WATCH, backend + "\0token\0more\0"s) == FilterVerdict::refuse);
  for (std::uint32_t type = 0; type < 256; ++type) {
    CAPTURE(type);
    const bool reads = type == XS_READ || type == XS_DIRECTORY;
    const bool writes = type == XS_WRITE || type == XS_MKDIR || type == XS_RM;
    CHECK(of(type, backend + '\0') ==
          (reads || writes ? FilterVerdict::pass : FilterVerdict::refuse));
  }
}

}  // namespace
}  // namespace xenlaunch::test
