#pragma once

#include <filesystem>

#include "launcher/checks/doctor_facts.h"
#include "launcher/config/host_settings.h"
#include "launcher/host/program.h"
#include "launcher/host/qemu_answers.h"
#include "launcher/host/this_host.h"

namespace xenlaunch {

/// Everything the doctor looks at, on the host below `root`. Of another root than "/" only what its
/// files say: neither the hypervisor nor xenstored nor QEMU are asked. What cannot be read is among
/// the facts, not thrown.
DoctorFacts read_doctor_facts(const std::filesystem::path& root, const HostSettings& settings,
                              const ThisHost& host, Programs& programs);

/// What the QEMU at `path` says of itself: its version, and whether it has what passing a GPU
/// takes.
QemuFacts read_qemu_facts(const std::string& path, Programs& programs, const AnswersFolder& kept);

}  // namespace xenlaunch
