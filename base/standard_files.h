#pragma once

namespace xenlaunch {

/// Opens those of the descriptors 0 to 2 that this process was started without, so that no other
/// file gets one of these numbers: an input has its end at once, to an output nothing can be
/// written (EBADF), and messages are lost. To be called before any file is opened.
void open_missing_standard_files();

}  // namespace xenlaunch
