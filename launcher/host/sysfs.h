#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace xenlaunch {

/// The whole content of a regular file or an attribute, byte for byte, 8 MiB at most. nullopt
/// where it does not exist or its device has gone (ENOENT, ENODEV). Throws Error (ExitCode::host)
/// "cannot read PATH: REASON" for anything else.
std::optional<std::string> read_bytes(const std::filesystem::path& file);

/// As read_bytes, but nullopt also where it throws: what is closed to us is not known, no more.
std::optional<std::string> read_if_readable(const std::filesystem::path& file);

/// The same without the newline at its end.
std::optional<std::string> read_text(const std::filesystem::path& file);

/// The same of an attribute in sysfs, which is a page at most and comes whole with one read
/// (Documentation/filesystems/sysfs.rst).
std::optional<std::string> read_attribute(const std::filesystem::path& attribute);

/// Whether there is such an attribute, directory or link, wherever the link leads; false also where
/// that is not known.
bool is_present(const std::filesystem::path& path);

/// The last component of what a link points to ("i915" for `driver`); nullopt where there is no
/// such link.
std::optional<std::string> link_name(const std::filesystem::path& link);

/// The words of each line of a table, as those of /proc are.
std::vector<std::vector<std::string>> rows_of(std::string_view table);

/// The names in a folder, sorted; none where it cannot be read: devices and processes come and go.
std::vector<std::string> names_in(const std::filesystem::path& folder);

/// The same of the folders in it alone, links left out.
std::vector<std::string> subfolders_in(const std::filesystem::path& folder);

/// One open(2) without O_CREAT and O_TRUNC and one write(2), since an attribute acts once per
/// write. Returns 0 or errno; EIO for a short write. Async-signal-safe, so a forked child may call
/// it.
int write_attribute(const char* attribute, std::string_view value);

/// As write_attribute, in a child process: a write that waits for a driver (drivers/base/dd.c takes
/// the device's lock and lets the driver's remove() take as long as it likes) waits in a state that
/// no signal ends. nullopt where it was not done within `deadline`; the child is then killed, or
/// left behind where the kernel does not let it die. Throws Error (ExitCode::host) where no child
/// can be had.
std::optional<int> write_attribute_within(const std::filesystem::path& attribute,
                                          std::string_view value,
                                          std::chrono::milliseconds deadline);

}  // namespace xenlaunch
