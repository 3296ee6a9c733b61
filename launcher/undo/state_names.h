#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "launcher/undo/journal.h"

namespace xenlaunch {

/// How a value is called in a journal; also by those who read `xenlaunch list --json`.
template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

inline constexpr Names<VmState, 6> vm_state_names{{{VmState::starting, "starting"},
                                                   {VmState::paused, "paused"},
                                                   {VmState::running, "running"},
                                                   {VmState::restarting, "restarting"},
                                                   {VmState::preserved, "preserved"},
                                                   {VmState::ending, "ending"}}};

inline constexpr Names<UndoKind, 12> undo_kind_names{
    {{UndoKind::nothing, "nothing"},
     {UndoKind::restore_device, "restore_device"},
     {UndoKind::release_device, "release_device"},
     {UndoKind::forget_driver, "forget_driver"},
     {UndoKind::switch_rom_off, "switch_rom_off"},
     {UndoKind::destroy_domain, "destroy_domain"},
     {UndoKind::remove_nodes, "remove_nodes"},
     {UndoKind::forget_owner, "forget_owner"},
     {UndoKind::take_device, "take_device"},
     {UndoKind::remove_pci_nodes, "remove_pci_nodes"},
     {UndoKind::end_device_model, "end_device_model"},
     {UndoKind::pause_guest, "pause_guest"}}};

template <typename Value, std::size_t count>
constexpr std::string_view name_of(Value value, const Names<Value, count>& names) {
  for (const auto& [one, name] : names)
    if (one == value) return name;
  return {};
}

template <typename Value, std::size_t count>
constexpr std::optional<Value> named(std::string_view name, const Names<Value, count>& names) {
  for (const auto& [one, its_name] : names)
    if (its_name == name) return one;
  return std::nullopt;
}

}  // namespace xenlaunch
