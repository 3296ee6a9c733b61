#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "launcher/config/problems.h"
#include "launcher/config/yaml_writer.h"
#include "launcher/import/key_report.h"
#include "launcher/import/xl_file.h"

namespace xenlaunch {

/// An xl configuration on its way to a VM file: what it says, what the VM file says, and what has
/// become of each key. A value that cannot be asked for as what it should be is refused here.
class Conversion {
 public:
  explicit Conversion(const XlFile& file) : file_{file} {}

  /// nullptr where the file does not have the key.
  const XlSetting* find(std::string_view key) const;
  bool has(std::string_view key) const { return find(key) != nullptr; }

  // Of a key that is there; several add up to the worst. `reason` may hold anything.
  void converted(std::string_view key, const std::string& reason = {});
  void dropped(std::string_view key, const std::string& reason);  ///< without an effect on the VM
  void lost(std::string_view key, const std::string& reason);
  void refused(std::string_view key, const std::string& reason);
  void refused_at(std::string_view key, int line, const std::string& reason);
  bool is_told(std::string_view key) const { return reports_.contains(key); }
  bool is_refused(std::string_view key) const;
  /// Of a key that is not there and has to be.
  void missing(std::string_view key, const std::string& reason);

  // nullopt where the key is not there, and where it has been refused.
  std::optional<long> number(std::string_view key);
  std::optional<bool> truth(std::string_view key);  ///< a number that is not 0
  std::optional<std::string> text(std::string_view key);
  std::optional<std::vector<XlItem>> list(std::string_view key);  ///< of texts
  /// As list(), and a single text is a list of one.
  std::optional<std::vector<XlItem>> list_or_text(std::string_view key);

  /// The VM file's key, put at the end where it is not there yet.
  YamlValue& vm(std::string_view key);
  /// Above a key that the VM file has; once, however often it is asked for.
  void comment(std::string_view key, const std::string& text);
  const YamlDocumentText& document() const { return document_; }

  /// A report for each place where the file sets a key, in the order of lines. Throws
  /// std::logic_error where a key has none: it would have vanished.
  std::vector<KeyReport> reports() const;
  const XlFile& file() const { return file_; }

 private:
  void add(std::string_view key, KeyOutcome outcome, bool lost, const std::string& reason);
  YamlEntry& entry(std::string_view key);

  const XlFile& file_;
  YamlDocumentText document_;
  std::map<std::string, KeyReport, std::less<>> reports_;
};

}  // namespace xenlaunch
