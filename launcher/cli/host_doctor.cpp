// host doctor.
#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

#include "launcher/checks/doctor.h"
#include "launcher/checks/facts_reader.h"
#include "launcher/cli/commands.h"
#include "launcher/cli/finding_json.h"

namespace xenlaunch {
namespace {

/// Null where nobody was asked.
nlohmann::ordered_json xen_state(const DoctorFacts& facts) {
  if (facts.is_copy) return nullptr;
  if (!facts.running_under_xen) return "absent";
  return facts.xen ? "answers" : "unreachable";
}

std::string as_json(const DoctorFacts& facts, const std::vector<Check>& checks) {
  nlohmann::ordered_json document{{"can_pass_a_gpu", can_pass_a_gpu(checks)},
                                  {"xen", xen_state(facts)},
                                  {"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks)
    document["checks"].push_back({{"check", check.name},
                                  {"status", to_string(check.status)},
                                  {"text", check.text},
                                  {"remedy", check.remedy}});
  document["findings"] = findings_json(gpu_findings(facts));
  return json_text(document);
}

/// `is_copy`: of another host's files, which do not tell everything.
std::string as_text(const std::vector<Check>& checks, bool is_copy) {
  std::string text;
  for (const Check& check : checks)
    text += fmt::format("{:<8} {:<22} {}{}{}\n", to_string(check.status), check.name, check.text,
                        check.remedy.empty() ? "" : " ", check.remedy);
  if (!can_pass_a_gpu(checks))
    return text + "This host cannot pass a graphics card as things are.\n";
  return text + (is_copy ? "As far as its files tell, this host can pass a graphics card.\n"
                         : "This host can pass a graphics card.\n");
}

}  // namespace

ExitCode host_doctor_command(const Options& options, const ThisHost& host, std::ostream& out,
                             Progress& progress) {
  HostPrograms programs;
  progress.step("looking at the host");
  const DoctorFacts facts = read_doctor_facts(options.root, host_settings(options), host, programs);
  const std::vector<Check> checks = diagnose(facts);
  out << (options.json ? as_json(facts, checks) : as_text(checks, facts.is_copy));
  return can_pass_a_gpu(checks) ? ExitCode::done : ExitCode::host;
}

}  // namespace xenlaunch
