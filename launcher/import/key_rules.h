#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "launcher/import/conversion.h"

// The keys that put nothing into the VM file, and the names that are no keys.

namespace xenlaunch {

/// Of every key that xl knows and no topic has told of: drops or refuses it.
void convert_other_keys(Conversion& c);

/// Of what is left, which xl does not know and takes no notice of: says so, and which key of xl's
/// was probably meant.
void tell_unknown_keys(Conversion& c);

/// Every key that import knows: those that xl 4.17 to 4.22 reads, and those of xm that files still
/// have. Sorted.
std::vector<std::string_view> known_xl_keys();

/// The known key that `name` was probably meant to be; empty where none is near.
std::string likely_xl_key(std::string_view name);

}  // namespace xenlaunch
