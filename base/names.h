#pragma once

#include <array>
#include <cstddef>
#include <optional>
#include <string_view>
#include <utility>

namespace xenlaunch {

/// How the values of an enumeration are called where programs read them.
template <typename Value, std::size_t count>
using Names = std::array<std::pair<Value, std::string_view>, count>;

/// Empty where it has none.
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
