# A library of a folder: xenlaunch_FOLDER, of all the .cpp files in it. DEPENDS names the folders whose headers it
# includes, just as scripts/checks layers has it; USES what only its .cpp files need beside fmt, as
# Boost::headers.
function(xenlaunch_library folder)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "DEPENDS;USES")
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.cpp)
  list(FILTER sources EXCLUDE REGEX "/(main|preload)\\.cpp$")
  set(target xenlaunch_${folder})
  add_library(${target} STATIC ${sources})
  target_include_directories(${target} PUBLIC ${PROJECT_SOURCE_DIR})
  list(TRANSFORM arg_DEPENDS PREPEND xenlaunch_)
  target_link_libraries(${target} PUBLIC ${arg_DEPENDS} PRIVATE ${XENLAUNCH_FMT} ${arg_USES})
endfunction()

# What most files include is parsed once for TARGET, with MORE. The product's own files are built without under the
# sanitizers: a file that leans on it does not compile there.
function(xenlaunch_precompile target)
  if(XENLAUNCH_PRECOMPILE AND NOT (XENLAUNCH_SANITIZE AND target MATCHES "^xenlaunch_"))
    target_precompile_headers(${target} PRIVATE
      <algorithm> <array> <charconv> <chrono> <cstdint> <filesystem> <functional> <map> <memory> <optional> <set> <sstream>
      <stdexcept> <string> <string_view> <variant> <vector> <fmt/format.h> ${ARGN})
  endif()
endfunction()

# As another target has it, which is built with the same options. A compiler takes it only where what the other's libraries
# define is defined, too: as Boost::process and all that it needs.
function(xenlaunch_precompiled_as target other)
  if(XENLAUNCH_PRECOMPILE AND NOT XENLAUNCH_SANITIZE)
    target_compile_definitions(${target} PRIVATE $<TARGET_PROPERTY:${other},COMPILE_DEFINITIONS>)
    target_precompile_headers(${target} REUSE_FROM ${other})
  endif()
endfunction()
