#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <limits>
#include <map>

#include "base/sealed_memory.h"
#include "base/spawn.h"
#include "devicemodel/system_call_filter.h"
#include "launcher/run/qemu_confinement.h"
#include "tests/integration/spawn_output.h"
#include "tests/unit/print.h"
#include "tests/unit/samples.h"

namespace xenlaunch::test {
namespace {

TEST_CASE("a program sees one file in the place of another, and nobody else does") {
  Output out;
  out.tree.write("shown", "a view\n");
  out.tree.write("hidden", "the file\n");
  SpawnRequest request = out.request({"/bin/cat", out.tree.path("hidden")});
  request.views = {{.shown = out.tree.path("shown"), .in_place_of = out.tree.path("hidden")}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "a view\n");
  CHECK(out.tree.read("hidden") == "the file\n");
}

TEST_CASE("a program sees a folder with a descriptor of its own in it, and nobody else does") {
  Output out;
  out.tree.write("folder/a", "a\n");
  out.tree.write("folder/b", "b\n");
  out.tree.write("folder/rom", "the folder's\n");
  std::filesystem::create_directory(out.tree.root() / "scratch");
  const FileDescriptor rom = sealed_memory("rom", "its own\n");
  const std::string folder = out.tree.path("folder");
  SpawnRequest request =
      out.request({"/bin/sh", "-c",
                   "ls \"$1\"; cat \"$1\"/*; { echo x >\"$1/rom\"; } 2>/dev/null; echo x >\"$1/a\"",
                   "sh", folder});
  const std::filesystem::path scratch = out.tree.path("scratch");
  request.kept = {rom.get()};
  request.folder_views = {
      {.in_place_of = folder,
       .scratch = scratch,
       .files = {{.shown = folder + "/a", .in_place_of = scratch / "a"}},
       .links = {{"/proc/self/fd/" + std::to_string(rom.get()), scratch / "rom"}}}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "a\nrom\na\nits own\n");
  CHECK(out.tree.snapshot() == std::map<std::string, std::string>{{"folder/a", "x\n"},
                                                                  {"folder/b", "b\n"},
                                                                  {"folder/rom", "the folder's\n"},
                                                                  {"output", out.text()}});
  std::array<char, 16> content{};
  CHECK(::pread(rom.get(), content.data(), content.size(), 0) == 8);
  CHECK(std::string{content.data()} == "its own\n");
}

TEST_CASE("a confined program writes to what is its own, and has no way out of that") {
  REQUIRE(can_confine());
  Output out;
  out.tree.write("own", "");
  out.tree.write("host", "the host's\n");
  // Where it is below /tmp that is open to QEMU, but not here.
  const Confinement confinement{.bound = {out.tree.path("own")},
                                .writable = {out.tree.path("own")},
                                .system_calls = system_call_filter()};
  SpawnRequest request = out.request(
      {"/bin/sh", "-c",
       "grep -o 'Max core file size *[0-9]* *[0-9]*' /proc/self/limits; "
       "grep -E '^(NoNewPrivs|Seccomp):' /proc/self/status; echo mine >\"$1\"; "
       "for change in 'echo x >\"$2\"' 'echo x >\"/proc/1/root$2\"' 'head -c 1 /proc/1/environ' "
       "'mount -o remount,rw /' 'unshare -m true' 'umount /proc'; "
       "do "
       "(eval \"$change\") 2>/dev/null && echo \"did $change\"; done; true",
       "sh", out.tree.path("own"), out.tree.path("host")});
  request.confinement = &confinement;
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() ==
        "Max core file size        1                    1\nNoNewPrivs:\t1\nSeccomp:\t2\n");
  CHECK(out.tree.read("own") == "mine\n");
  CHECK(out.tree.read("host") == "the host's\n");
}

TEST_CASE("a confined program has IPC and a network of its own, its limits, and no folder") {
  const Output out;
  Confinement confinement{
      .namespaces = own_namespaces(/*needs_network=*/false), .open_files = 77, .processes = 88};
  SpawnRequest request = out.request({"/bin/sh", "-c",
                                      "pwd; ulimit -n; ulimit -Hn; "
                                      "grep -o 'Max processes *[0-9]* *[0-9]*' /proc/self/limits; "
                                      "readlink /proc/self/ns/ipc /proc/self/ns/net"});
  request.confinement = &confinement;
  const auto link = [](const char* kind) {
    return std::filesystem::read_symlink(std::filesystem::path{"/proc/self/ns"} / kind).string();
  };
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text().starts_with(
      "/\n77\n77\nMax processes             88                   88\nipc:["));
  CHECK(out.text().find(link("ipc")) == std::string::npos);
  CHECK(out.text().find(link("net")) == std::string::npos);

  // Where it needs the network, and asks for more files than we may have.
  const Output shared;
  rlimit ours{};
  REQUIRE(::getrlimit(RLIMIT_NOFILE, &ours) == 0);
  confinement = {.namespaces = own_namespaces(/*needs_network=*/true),
                 .open_files = std::numeric_limits<unsigned>::max()};
  request = shared.request({"/bin/sh", "-c", "ulimit -Hn; readlink /proc/self/ns/net"});
  request.confinement = &confinement;
  CHECK(shared.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(shared.text().ends_with("\n" + link("net") + "\n"));
  if (ours.rlim_max < std::numeric_limits<unsigned>::max())
    CHECK(shared.text().starts_with(std::to_string(ours.rlim_max) + "\n"));
}

TEST_CASE("a confined program writes to what its views show") {
  Output out;
  out.tree.write("folder/config", "");
  std::filesystem::create_directory(out.tree.root() / "scratch");
  const std::string folder = out.tree.path("folder");
  const std::filesystem::path scratch = out.tree.path("scratch");
  const Confinement confinement{.bound = {out.tree.root()}, .writable = {out.tree.root()}};
  SpawnRequest request =
      out.request({"/bin/sh", "-c", "echo mine >\"$1\"", "sh", folder + "/config"});
  request.confinement = &confinement;
  request.folder_views = {
      {.in_place_of = folder,
       .scratch = scratch,
       .files = {{.shown = folder + "/config", .in_place_of = scratch / "config"}},
       .links = {}}};
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.tree.read("folder/config") == "mine\n");
}

TEST_CASE("a program whose view cannot be made is not started") {
  Output out;
  SpawnRequest request = out.request({"/bin/echo", "started"});
  request.views = {{.shown = out.tree.path("none"), .in_place_of = out.tree.path("output")}};
  CHECK(error_of([&] { out.run(request); }) ==
        "4: cannot run /bin/echo: No such file or directory");
  CHECK(out.text() == "");
}

TEST_CASE("a confined program has a root with nothing in it but what it is given") {
  REQUIRE(can_confine());
  const Output out;
  const std::filesystem::path root = out.tree.root() / "root";
  std::filesystem::create_directory(root);
  struct stat null {};
  REQUIRE(::stat("/dev/null", &null) == 0);
  constexpr gid_t group = 12345;
  Confinement confinement;
  confinement.root = {
      .folder = root,
      .group = group,
      .folders = {root / "dev"},
      .nodes = {{.path = root / "dev/device", .mode = S_IFCHR | 0660, .device = null.st_rdev},
                {.path = root / "dev/image", .mode = S_IFREG}}};
  SpawnRequest request = out.request(
      {"/bin/sh", "-c",
       "cd \"$1\"; stat -c '%A %u:%g %n' . dev dev/*; find . | wc -l; echo x >dev/device; "
       "{ echo x >dev/new; } 2>/dev/null || echo read-only",
       "sh", root});
  request.confinement = &confinement;
  request.makes_private_files = true;
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() ==
        "drwx--x--x 0:0 .\ndrwx--x--- 0:12345 dev\ncrw-rw---- 0:12345 dev/device\n"
        "---------- 0:12345 dev/image\n4\nread-only\n");
  CHECK(std::filesystem::is_empty(root));
}

TEST_CASE("behind a wall no system call leads past it") {
  Output out;
  out.tree.write("file", "x");
  // What the shell cannot do itself Python does: by its number, and what errno says then.
  const std::string tries =
      "import ctypes, os\n"
      "c = ctypes.CDLL(None, use_errno=True)\n"
      "def t(n, *a):\n"
      "  ctypes.set_errno(0); r = c.syscall(n, *a); e = ctypes.get_errno()\n"
      "  print(os.strerror(e) if r < 0 else 'done')\n"
      "f = b'" +
      out.tree.path("file") +
      "'\n"
      "t(257, -100, f, 3)\n"             // openat, to neither read nor write
      "t(2, f, 3)\n"                     // open
      "t(257, -100, f, 2)\n"             // openat, to read and write
      "t(437, -100, f, 0, 0)\n"          // openat2
      "t(467, -100, f, 1)\n"             // open_tree_attr
      "t(425, 1, 0)\n"                   // io_uring_setup
      "t(300, 0, 0)\n"                   // fanotify_init
      "t(250, 0, -4, 0)\n"               // keyctl
      "t(90, f, 0o777)\n"                // chmod
      "t(62, os.getppid(), 0)\n"         // kill
      "t(302, os.getppid(), 7, 0, 0)\n"  // prlimit64
      "t(302, 0, 7, 0, 0)\n";
  SpawnRequest request = out.request({"/usr/bin/python3", "-c", tries});
  const Confinement confinement{.bound = {out.tree.root()},
                                .writable = {out.tree.root()},
                                .system_calls = system_call_filter(SystemCalls::behind_a_wall)};
  request.confinement = &confinement;
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  const std::string missing = "Function not implemented\n";
  const std::string denied = "Operation not permitted\n";
  CHECK(out.text() == "Permission denied\nPermission denied\ndone\n" + missing + missing + missing +
                          missing + denied + denied + denied + denied + "done\n");
}

TEST_CASE("a program that goes by rules opens what they name, and nothing else of root's") {
  // Where Landlock is missing nothing goes by it; the hosts of the Xen tests have it.
  if (!has_landlock()) {
    MESSAGE("this kernel has no Landlock: not looked at");
    return;
  }
  Output out;
  out.tree.write("image", "an image\n");
  out.tree.write("base", "its base\n");
  out.tree.write("secret", "a secret\n");
  std::filesystem::create_directory(out.tree.root() / "folder");
  out.tree.write("folder/beside", "beside\n");
  SpawnRequest request =
      out.request({"/bin/sh", "-c",
                   "cd \"$1\"; cat image base folder/beside; echo new >image; cat image\n"
                   "for file in secret /etc/shadow /proc/self/status; do cat $file; done\n"
                   "echo x >base; echo x >folder/beside; echo x >made; ls; mkdir folder/made; rm "
                   "base; ln base b",
                   "sh", out.tree.root().string()});
  request.errors = ::open("/dev/null", O_WRONLY | O_CLOEXEC);
  const FileDescriptor errors{request.errors};
  Confinement confinement{.bound = {out.tree.root()}, .writable = {out.tree.root()}};
  confinement.files =
      FileRules{.read = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache",
                         out.tree.path("base"), out.tree.path("folder"), out.tree.path("none")},
                .written = {out.tree.path("image"), "/dev/null"}};
  request.confinement = &confinement;
  out.run(request);
  CHECK(out.text() == "an image\nits base\nbeside\nnew\n");
  CHECK(out.tree.snapshot() == std::map<std::string, std::string>{{"base", "its base\n"},
                                                                  {"folder/beside", "beside\n"},
                                                                  {"image", "new\n"},
                                                                  {"output", out.text()},
                                                                  {"secret", "a secret\n"}});
}

TEST_CASE("a program that goes by rules signals nobody, where the kernel can see to that") {
  const long version =
      ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 6) {
    MESSAGE("this kernel's Landlock knows no signals: not looked at");
    return;
  }
  const Output out;
  SpawnRequest request = out.request(
      {"/bin/sh", "-c", "kill -0 $$ && echo itself; kill -0 $PPID 2>/dev/null || echo not us"});
  Confinement confinement;
  confinement.files = FileRules{.read = {"/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache"},
                                .written = {"/dev/null"}};
  request.confinement = &confinement;
  CHECK(out.run(request) == ProcessEnd{.by_signal = false, .number = 0});
  CHECK(out.text() == "itself\nnot us\n");
}

}  // namespace
}  // namespace xenlaunch::test
