#include "base/finding.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace xenlaunch {
namespace {

const FindingKind& kind_of(FindingCode code) {
  return finding_kinds.at(static_cast<std::size_t>(code));
}

std::string clauses(const Finding& finding) {
  return finding.remedy.empty() ? finding.reason : finding.reason + "; " + finding.remedy;
}

template <typename Render>
void refuse_with(const std::vector<Finding>& findings, Render render) {
  if (std::ranges::none_of(findings, blocks)) return;
  std::string text;
  for (const Finding& finding : findings)
    if (belongs_to_refusal(finding)) text += (text.empty() ? "" : "\n") + render(finding);
  throw Refused{findings, text};
}

}  // namespace

std::string to_string(Severity severity) {
  switch (severity) {
    case Severity::blocks:
      return "blocks";
    case Severity::warns:
      return "warns";
    case Severity::unknown:
      return "unknown";
  }
  return {};
}

std::string to_string(FindingCode code) {
  return std::string{kind_of(code).name};
}

bool blocks(const Finding& finding) {
  return finding.severity == Severity::blocks;
}

bool belongs_to_refusal(const Finding& finding) {
  return blocks(finding) || finding.code == FindingCode::boot_not_known;
}

std::string capitalised(std::string clause) {
  if (!clause.empty())
    clause[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(clause[0])));
  return clause;
}

std::string as_sentence(const Finding& finding) {
  return capitalised(clauses(finding)) + ".";
}

std::string as_refusal(const Finding& finding) {
  const std::string_view action = kind_of(finding.code).action;
  return as_refusal(finding,
                    action.empty() ? "" : fmt::format(fmt::runtime(action), finding.subject));
}

std::string as_refusal(const Finding& finding, const std::string& action) {
  if (finding.severity == Severity::unknown) return "also: " + clauses(finding);
  return (action.empty() ? "" : "cannot " + action + ": ") + clauses(finding);
}

std::string as_warning(const Finding& finding) {
  return finding.subject + ": " + clauses(finding);
}

Refused::Refused(std::vector<Finding> findings_, const std::string& text)
    : Error{kind_of(std::ranges::find_if(findings_, blocks)->code).exit_code, text},
      findings{std::move(findings_)} {}

void refuse(const std::vector<Finding>& findings) {
  refuse_with(findings, [](const Finding& finding) { return as_refusal(finding); });
}

void refuse(const std::vector<Finding>& findings, const std::string& action) {
  refuse_with(findings, [&](const Finding& finding) { return as_refusal(finding, action); });
}

}  // namespace xenlaunch
