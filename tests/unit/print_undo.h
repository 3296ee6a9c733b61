#pragma once

#include "launcher/undo/state_names.h"
#include "tests/unit/print.h"

namespace doctest {

template <>
struct StringMaker<xenlaunch::Undo> {
  static String convert(const xenlaunch::Undo& undo) {
    std::string text{xenlaunch::name_of(undo.kind, xenlaunch::undo_kind_names)};
    text += ": " + undo.label;
    for (const std::string& node : undo.nodes) text += " " + node;
    if (undo.nic) text += " " + std::to_string(undo.nic->index) + " " + undo.nic->script;
    return text_of(text);
  }
};

}  // namespace doctest
