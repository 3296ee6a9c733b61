// Preloaded into the QEMU that emulates the embedded host (`scripts/xenbox run --preload`), for
// guests with UEFI firmware. Where such a guest writes CR8 while an interrupt is pending, which
// edk2 does at the end of each interrupt, QEMU 7.2's emulation asks for a virtual interrupt without
// its big lock (helper_write_crN in target/i386/tcg/sysemu/misc_helper.c) and ends itself for that.
// Here the lock is taken.
#include <dlfcn.h>

#include <cstdio>
#include <cstdlib>

// QEMU's own, which it exports for its modules.
extern "C" {
[[gnu::weak]] bool qemu_mutex_iothread_locked(void);
[[gnu::weak]] void qemu_mutex_lock_iothread_impl(const char* file, int line);
[[gnu::weak]] void qemu_mutex_unlock_iothread(void);
}

namespace {

using Handler = void (*)(void* cpu, int mask);

Handler handler_of_the_module() {
  void* module =
      ::dlopen("/usr/lib/x86_64-linux-gnu/qemu/accel-tcg-x86_64.so", RTLD_NOLOAD | RTLD_LAZY);
  void* symbol = module ? ::dlsym(module, "tcg_handle_interrupt") : nullptr;
  if (!symbol || !qemu_mutex_iothread_locked) {
    std::fprintf(stderr, "locked_interrupts: this is not the QEMU 7.2 that it is for\n");
    std::abort();
  }
  return reinterpret_cast<Handler>(symbol);
}

}  // namespace

/// In the place of the module's, of accel/tcg/tcg-accel-ops.c, which it calls with the lock held.
extern "C" void tcg_handle_interrupt(void* cpu, int mask) {
  static const Handler handler = handler_of_the_module();
  const bool locked = qemu_mutex_iothread_locked();
  if (!locked) qemu_mutex_lock_iothread_impl(__FILE__, __LINE__);
  handler(cpu, mask);
  if (!locked) qemu_mutex_unlock_iothread();
}
