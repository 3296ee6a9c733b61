#pragma once

#include "launcher/config/yaml_writer.h"

namespace xenlaunch {

/// `document` without the keys of docs/vm-file.md that the reader does not take yet. Once it takes
/// them all, this file goes, and read_back() hands over the whole document.
YamlDocumentText without_coming_keys(YamlDocumentText document);

}  // namespace xenlaunch
