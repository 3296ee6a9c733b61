#pragma once

#include <doctest/doctest.h>

#include <optional>
#include <string>
#include <vector>

#include "base/finding.h"
#include "devicemodel/device_model.h"
#include "launcher/plan/launch_plan.h"
#include "launcher/run/launch.h"
#include "launcher/run/outcome.h"
#include "launcher/undo/journal_content.h"
#include "launcher/xen/memory_layout.h"
#include "xenstore/node.h"

/// How doctest prints our types where a comparison fails.
namespace doctest {

inline String text_of(const std::string& text) {
  return {text.data(), static_cast<unsigned>(text.size())};
}

template <typename T>
struct StringMaker<std::vector<T>> {
  static String convert(const std::vector<T>& all) {
    String text = "{";
    for (const T& one : all) text += String("\n    ") + toString(one);
    return text + "}";
  }
};

template <typename T>
struct StringMaker<std::optional<T>> {
  static String convert(const std::optional<T>& value) {
    return value ? toString(*value) : String("nullopt");
  }
};

template <>
struct StringMaker<xenlaunch::PciAddress> {
  static String convert(const xenlaunch::PciAddress& address) {
    return text_of(address.to_string());
  }
};

template <>
struct StringMaker<xenlaunch::Node> {
  static String convert(const xenlaunch::Node& node) {
    return text_of(node.path + " = '" + node.value + "', access " +
                   std::to_string(static_cast<int>(node.access)));
  }
};

template <>
struct StringMaker<xenlaunch::Step> {
  static String convert(const xenlaunch::Step& step) {
    return text_of(step.action + " | " + step.undo.label);
  }
};

template <>
struct StringMaker<xenlaunch::PassthroughSpec> {
  static String convert(const xenlaunch::PassthroughSpec& spec) {
    return text_of(spec.host.to_string() + " at " + std::to_string(spec.slot) + "." +
                   std::to_string(spec.function) + (spec.multifunction ? ", multifunction" : "") +
                   (spec.permissive ? ", permissive" : ""));
  }
};

template <>
struct StringMaker<xenlaunch::ResolvedVideo> {
  static String convert(const xenlaunch::ResolvedVideo& video) {
    return text_of(to_string(video.card) + ", because " + video.because);
  }
};

template <>
struct StringMaker<xenlaunch::Finding> {
  static String convert(const xenlaunch::Finding& finding) {
    return text_of(to_string(finding.severity) + " " + to_string(finding.code) + " " +
                   finding.subject + ": " + finding.reason + " -> " + finding.remedy);
  }
};

template <>
struct StringMaker<xenlaunch::ProcessEnd> {
  static String convert(const xenlaunch::ProcessEnd& end) { return text_of(end.to_string()); }
};

template <>
struct StringMaker<xenlaunch::DiskBackend> {
  static String convert(xenlaunch::DiskBackend backend) {
    return backend == xenlaunch::DiskBackend::none    ? "none"
           : backend == xenlaunch::DiskBackend::qdisk ? "qdisk"
                                                      : "blkback";
  }
};

template <>
struct StringMaker<xenlaunch::VmState> {
  static String convert(xenlaunch::VmState state) { return text_of(std::string{to_string(state)}); }
};

template <>
struct StringMaker<xenlaunch::JournalContent> {
  static String convert(const xenlaunch::JournalContent& content) {
    return text_of((content.torn ? "torn, " : "") + xenlaunch::format_journal(content));
  }
};

template <>
struct StringMaker<xenlaunch::MemoryRange> {
  static String convert(const xenlaunch::MemoryRange& range) {
    const bool ram = range.kind == xenlaunch::MemoryRange::Kind::ram;
    return text_of((ram ? "RAM " : "reserved ") + std::to_string(range.start) + " + " +
                   std::to_string(range.size));
  }
};

template <>
struct StringMaker<xenlaunch::MemoryLayout> {
  static String convert(const xenlaunch::MemoryLayout& layout) {
    return text_of("lowmem to " + std::to_string(layout.lowmem_end) + ", highmem to " +
                   std::to_string(layout.highmem_end) + ", hole " +
                   std::to_string(layout.mmio_start) + " + " + std::to_string(layout.mmio_size)) +
           toString(layout.map) + toString(layout.warnings);
  }
};

}  // namespace doctest
