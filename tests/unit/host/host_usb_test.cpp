#include "launcher/host/host_usb.h"

#include "tests/unit/host/temporary_tree.h"
#include "tests/unit/print.h"

namespace xenlaunch::test {
namespace {

using testing::TemporaryTree;

void plug_in(const TemporaryTree& tree, const std::string& name, const std::string& device_class,
             const std::string& product) {
  const std::string folder = "sys/bus/usb/devices/" + name + "/";
  tree.write(folder + "idVendor", "046d\n");
  tree.write(folder + "idProduct", "c52b\n");
  tree.write(folder + "bDeviceClass", device_class + "\n");
  tree.write(folder + "product", product + "\n");
}

TEST_CASE("the USB devices of a host are read, without root hubs and interfaces") {
  const TemporaryTree tree;
  plug_in(tree, "usb1", "09", "xHCI Host Controller");
  plug_in(tree, "1-2", "09", "Hub");
  plug_in(tree, "1-2.3", "00", "USB\x1b[2J Receiver");
  tree.write("sys/bus/usb/devices/1-2.3:1.0/bInterfaceClass", "03\n");
  tree.write("sys/bus/usb/devices/3-1/product", "unplugged meanwhile\n");
  CHECK((read_host_usb(tree.root()) ==
         std::vector<HostUsbDevice>{
             {.port = {1, "2"}, .id = {0x046d, 0xc52b}, .name = "Hub", .is_hub = true},
             {.port = {1, "2.3"}, .id = {0x046d, 0xc52b}, .name = "USB\\x1b[2J Receiver"}}));
  CHECK(read_host_usb(tree.root() / "none").empty());
}

}  // namespace
}  // namespace xenlaunch::test
