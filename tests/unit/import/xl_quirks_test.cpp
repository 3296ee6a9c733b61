// What xl does with odd values, each asked of libxlutil: see docs/import.md.
#include "tests/unit/import/imports.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("the plain file is what xl makes of it") {
  CHECK(
      imported("").vm_file ==
      "# a.cfg, taken over by xenlaunch import.\n"
      "# `xenlaunch check` says whether this host can start it.\n"
      "\n"
      "name: a\n"
      "memory: 1GiB\n"
      "# Under xl every guest has one, unless it says vnc=0.\n"
      "vnc: {listen: \"127.0.0.1\"}\n"
      "# As under xl, which gives none unasked. A tablet lets the pointer follow a VNC viewer's.\n"
      "usb: {controller: none, tablet: false}\n"
      "serial: none\n"
      "# Left out:\n"
      "#   line 2, type: every VM here is one\n");
  CHECK(imported("").lossless);
}

TEST_CASE("numbers may stand in quotes, and names may have blanks around them") {
  CHECK(gives("  vcpus\t=  \"4\"\n") == "vcpus: 4\n");
  CHECK(says("vcpus = 08\n") == "1 vcpus refused: '08' is not a number to xl; expected digits\n");
  CHECK(says("vcpus = ['4']\n") == "1 vcpus refused: a list; expected a number\n");
}

TEST_CASE("of memory and maxmem the smaller counts, and a size in letters is none") {
  CHECK(import_xl_file("name='a'\ntype='hvm'\nmemory=128\nmaxmem=96\n", "a.cfg")
            .vm_file.find("\nmemory: 96MiB\n") != std::string::npos);
  CHECK(import_xl_file("name='a'\ntype='hvm'\nmaxmem=96\n", "a.cfg")
            .vm_file.find("\nmemory: 96MiB\n") != std::string::npos);
  CHECK(says("maxmem = 2048\n") ==
        "1 maxmem refused: more than memory: a guest that grows cannot have a passed device; make "
        "them equal\n");
  CHECK(says("maxmem = '1G'\n") ==
        "1 maxmem refused: '1G' is not a number to xl; expected digits\n");
}

TEST_CASE("a disk of three words, and its prefixes") {
  const std::string disk = "disks:\n  - {image: /a b.img, target: hda}\n";
  CHECK(gives("disk = [ 'file:/a.img,hda,w' ]\n") == "disks:\n  - {image: /a.img, target: hda}\n");
  CHECK(gives("disk = [ 'phy:/dev/vg/a,ioemu:hda,w' ]\n") ==
        "disks:\n  - {image: /dev/vg/a, target: hda}\n");
  CHECK(gives("disk = [ 'tap:aio:/a.img,hda,w' ]\n") ==
        "disks:\n  - {image: /a.img, target: hda}\n");
  CHECK(gives("disk = [ 'tap2:qcow2:/a.img,hda,w' ]\n") ==
        "disks:\n  - {image: /a.img, format: qcow2, target: hda}\n");
  CHECK(gives("disk = [ '/a.img,qcow2,hda,rw' ]\n") ==
        "disks:\n  - {image: /a.img, format: qcow2, target: hda}\n");
  CHECK(gives("disk = [ 'file:/a b/c.iso,hdc:cdrom,r', '/d,,hda' ]\n") ==
        "disks:\n  - {image: \"/a b/c.iso\", type: cdrom, target: hdc}\n"
        "  - {image: /d, target: hda}\n");
}

TEST_CASE("a disk of key=value words, of which target= takes the whole rest") {
  // Those that xl emulates on IDE, or AHCI, as well.
  const std::string emulated = " xl emulates a disk in its place, too, as ";
  CHECK(gives("disk = [ 'phy:/dev/a,xvda,w', 'phy:/dev/e,xvde,w' ]\n") ==
        "# xvda:" + emulated +
            "hda is here.\ndisks:\n  - {image: /dev/a, target: hda}\n"
            "  - {image: /dev/e, target: xvde}\n");
  CHECK(gives("hdtype = 'ahci'\ndisk = [ 'phy:/dev/f,xvdf,w' ]\n") ==
        "# hdtype='ahci': xl's hda is sda here.\n# xvdf:" + emulated +
            "sdf is here.\ndisks:\n  - {image: /dev/f, target: sdf}\n");
  CHECK(gives("disk = [ 'format=raw, vdev=xvda, access=ro, no-discard, target=/a,b=c d' ]\n") ==
        "disks:\n  - {image: \"/a,b=c d\", target: xvda, readonly: true, discard: false}\n");
  CHECK(gives("disk = [ 'vdev=hdc,devtype=cdrom' ]\n") ==
        "disks:\n  - {type: cdrom, target: hdc}\n");
  CHECK(says("disk = [ 'target=/a,vdev=hda' ]\n") ==
        "1 disk refused: 'target=/a,vdev=hda': no vdev specified\n");
  CHECK(says("disk = [ '/a,aio,hda,w',\n '/b,vhd,hdb,w' ]\n") ==
        "1 disk refused: '/a,aio,hda,w': unknown value for format: near `aio'; line 2: "
        "'/b,vhd,hdb,w': the format vhd is not supported; expected raw or qcow2\n");
  CHECK(says("disk = [ 'a.img,raw,hda,w' ]\n") ==
        "1 disk refused: as disks[0].image of a VM file: 'a.img' is not an absolute path; expected "
        "an absolute path\n");
}

TEST_CASE("what a name says of an image is not what xl makes of it") {
  CHECK(gives("disk = [ 'file:/a.qcow2,hda,w' ]\n") ==
        "# hda is raw to xl, whatever its name says; if it is not, write format: qcow2.\n"
        "disks:\n  - {image: /a.qcow2, target: hda}\n");
}

TEST_CASE("ahci moves disks, not CD-ROMs") {
  CHECK(gives("hdtype = 'ahci'\ndisk = [ '/a,raw,hda,w', '/b,raw,hdc:cdrom,r' ]\n") ==
        "# hdtype='ahci': xl's hda is sda here.\n"
        "disks:\n  - {image: /a, target: sda}\n  - {image: /b, type: cdrom, target: hdc}\n");
}

TEST_CASE("an empty text is a network card, and a text without a list is none") {
  CHECK(gives("vif = [ '' ]\n") ==
        "# A card without bridge= is on xenbr0, unless /etc/xen/xl.conf says otherwise.\n"
        "nics:\n  - {bridge: xenbr0, model: rtl8139}\n");
  CHECK(gives("vif = [ 'mac=0:16:3E:2:11:fe, bridge=br0 ,,model=e1000'\n]\n") == "");
  CHECK(gives("vif = [ 'mac=0:16:3E:2:11:fe, bridge=br0,,model=virtio-net,rate=10Mb/s@20ms' ]\n") ==
        "nics:\n  - {bridge: br0, mac: \"00:16:3e:02:11:fe\", rate: \"10Mb/s@20ms\", model: "
        "virtio}\n");
  CHECK(gives("vif = [ 'type=vif,bridge=b,script=vif-route,ip=10.0.0.1,mtu=1400,untrusted' ]\n") ==
        "nics:\n  - {bridge: b, script: /etc/xen/scripts/vif-route, ip: \"10.0.0.1\", mtu: 1400, "
        "trusted: false, model: none}\n");
  CHECK(says("vif = 'bridge=br0'\n") ==
        "1 vif refused: 'bridge=br0' is not a list, and xl takes nothing of it; expected [ '...' "
        "]\n");
}

TEST_CASE("where xl goes on after a bad word of a network card, the card is refused") {
  CHECK(says("vif = [ 'mac=00:16:3e:01' ]\n") ==
        "1 vif refused: 'mac=00:16:3e:01': '00:16:3e:01' is not a MAC address, and xl goes on with "
        "zeros; expected six bytes\n");
  CHECK(says("vif = [ 'type=bad', 'bus=pci.1', 'rate=fast' ]\n") ==
        "1 vif refused: 'type=bad': 'type=bad' is not supported; 'bus=pci.1': 'bus=pci.1' is not "
        "supported; 'rate=fast': invalid rate\n");
  CHECK(says("vif = [ 'vifname=eth7' ]\n") ==
        "1 vif lost: vifname: the interface in dom0 has Xen's usual name\n");
}

TEST_CASE("a passed device: domain, functions, slot and options as libxlutil takes them") {
  CHECK(gives("pci = [ '1:0.0', '00:1b.0@1e', '0001:02:00.*' ]\n") ==
        "pci:\n  - \"0000:01:00.0\"\n  - {address: \"0000:00:1b.0\", slot: \"1e\"}\n"
        "  - {address: \"0001:02:00.0\", functions: all}\n");
  CHECK(gives("pci_permissive = 1\npci = [ 'rdm_policy=relaxed,bdf=01:00.0', "
              "'01:00.1,permissive=0,seize=1' ]\n") ==
        "pci:\n  - {address: \"0000:01:00.0\", permissive: true, rdm_policy: relaxed}\n"
        "  - \"0000:01:00.1\"\n");
  CHECK(gives("pci = [ '01:00.0,romfile=/r.bin' ]\n") == "");
  CHECK(gives("pci = [ '01:00.0@1f' ]\n") == "");
}

TEST_CASE("permissive=yes is no to xl, and other bad words of a device are refused, too") {
  CHECK(says("pci = [ '01:00.0,permissive=yes' ]\n") ==
        "1 pci refused: '01:00.0,permissive=yes': 'permissive=yes' is no to xl, which reads a "
        "number; expected 0 or 1\n");
  CHECK(says("pci = [ '00:02.0=0-1', '01:00', '01:00.0,rdm_policy=odd', '' ]\n") ==
        "1 pci refused: '00:02.0=0-1': libxlutil does not take it; '01:00': there is no address as "
        "01:00.0 in it; '01:00.0,rdm_policy=odd': Unknown RDM policy: odd; '': there is no address "
        "as 01:00.0 in it\n");
  CHECK(says("pci = '00:02.0'\n") ==
        "1 pci refused: '00:02.0' is not a list, and xl takes nothing of it; expected [ '...' ]\n");
  CHECK(says("pci = [ ['00:02.0'] ]\n") ==
        "1 pci refused: a list in the list, at which xl stops; expected texts\n");
}

TEST_CASE("libxlutil takes no policy in rdm=, and the devices' own count") {
  CHECK(says("rdm = 'strategy=host,policy=relaxed'\n") ==
        "1 rdm dropped: xl's own reader refuses every policy= and goes on without the value; each "
        "device has its rdm_policy, which is strict where it is not given\n");
  CHECK(says("rdm = 'strategy=host'\n") ==
        "1 rdm dropped: strategy=host is for devices that are attached later\n");
  CHECK(says("rdm = 'policy=odd'\n") ==
        "1 rdm refused: 'policy=odd'; expected strategy=host, policy=strict or policy=relaxed\n");
}

TEST_CASE("firmware= beats bios=, whose words are others") {
  CHECK(gives("firmware = 'uefi'\nbios = 'seabios'\n") == "firmware: ovmf\n");
  CHECK(says("firmware = 'uefi'\nbios = 'seabios'\n") ==
        "1 firmware converted\n2 bios dropped: firmware= counts, as under xl\n");
  CHECK(gives("bios = 'OVMF'\n") == "firmware: ovmf\n");
  CHECK(says("bios = 'uefi'\n") ==
        "1 bios refused: 'uefi' is unknown to xl, too; expected seabios or ovmf\n");
  CHECK(says("firmware = '/x'\n") ==
        "1 firmware refused: '/x' is a path to xl, of a program in place of hvmloader; expected "
        "uefi, ovmf, bios or seabios\n");
}

TEST_CASE("a key that is set twice counts as it is set last, and that is said") {
  CHECK(says("vcpus = 2\nvcpus = 4\n") ==
        "1 vcpus dropped: set again in line 2, which counts\n2 vcpus converted\n");
  CHECK(gives("vcpus = 2\nvcpus = 4\n") == "vcpus: 4\n");
  CHECK(gives("pci = [ '01:00.0' ]\npci += [ '01:00.1' ]\n") ==
        "pci: [\"0000:01:00.0\", \"0000:01:00.1\"]\n");
}

}  // namespace
}  // namespace xenlaunch::test
