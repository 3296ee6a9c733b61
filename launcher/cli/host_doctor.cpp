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

std::string as_json(const std::vector<Check>& checks, const std::vector<Finding>& findings) {
  nlohmann::ordered_json document{{"can_pass_a_gpu", can_pass_a_gpu(checks)},
                                  {"checks", nlohmann::ordered_json::array()}};
  for (const Check& check : checks)
    document["checks"].push_back({{"check", check.name},
                                  {"status", to_string(check.status)},
                                  {"text", check.text},
                                  {"remedy", check.remedy}});
  document["findings"] = findings_json(findings);
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
  out << (options.json ? as_json(checks, gpu_findings(facts)) : as_text(checks, facts.is_copy));
  return can_pass_a_gpu(checks) ? ExitCode::done : ExitCode::host;
}

}  // namespace xenlaunch
