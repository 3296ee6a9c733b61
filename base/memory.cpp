#include "base/memory.h"

#include <link.h>
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

namespace xenlaunch {
namespace {

/// Only what is mapped from a file and never written: dropping that loses nothing.
int release_text(dl_phdr_info* object, std::size_t /*size*/, void* /*data*/) {
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  for (int i = 0; i < object->dlpi_phnum; ++i) {
    const ElfW(Phdr)& segment = object->dlpi_phdr[i];
    if (segment.p_type != PT_LOAD || (segment.p_flags & PF_W) != 0) continue;
    const std::uintptr_t begin = (object->dlpi_addr + segment.p_vaddr) & ~(page - 1);
    const std::uintptr_t end = object->dlpi_addr + segment.p_vaddr + segment.p_memsz;
    // One that cannot be dropped (the vDSO, locked memory) stays.
    ::madvise(reinterpret_cast<void*>(begin), end - begin, MADV_DONTNEED);
  }
  return 0;
}

/// Below what is in use: from there down to its end the stack holds nothing.
void release_stack() {
  pthread_attr_t attributes{};
  void* end = nullptr;
  std::size_t size = 0;
  if (::pthread_getattr_np(::pthread_self(), &attributes) != 0) return;
  const bool known = ::pthread_attr_getstack(&attributes, &end, &size) == 0;
  ::pthread_attr_destroy(&attributes);
  // What the calls below need, and the 128 bytes below the stack's pointer that are in use, too.
  constexpr std::uintptr_t kept = 4096;
  const auto page = static_cast<std::uintptr_t>(::sysconf(_SC_PAGESIZE));
  const auto begin = reinterpret_cast<std::uintptr_t>(end);
  const std::uintptr_t used =
      (reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0)) - kept) & ~(page - 1);
  // The part that the stack has not grown to yet is not mapped, which the answer says.
  if (known && used > begin) ::madvise(end, used - begin, MADV_DONTNEED);
}

}  // namespace

void release_unused_memory() {
  ::malloc_trim(0);
  release_stack();
  ::dl_iterate_phdr(release_text, nullptr);
}

}  // namespace xenlaunch
