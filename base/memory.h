#pragma once

namespace xenlaunch {

/// Gives back to the kernel what a start has used and waiting does not need: free heap, and the
/// pages of the program and its libraries, which come again from the page cache when they are used;
/// and what deeper calls have left on the stack. For the thread that main runs in.
void release_unused_memory();

}  // namespace xenlaunch
