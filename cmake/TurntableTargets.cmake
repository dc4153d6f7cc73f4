# turntable_library(NAME FOLDER folder DEPENDS targets... PRIVATE targets...)
# One folder, one static library: every .cpp of the folder itself. The targets behind DEPENDS show in its headers.
function(turntable_library name)
  cmake_parse_arguments(ARG "" "FOLDER" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE turntable_warnings ${ARG_PRIVATE})
  turntable_precompile(${name} AS turntable_support HEADERS ${TURNTABLE_COMMON_HEADERS})
endfunction()

# Headers that most files of a target include are read once for all of them: a debug build takes a third less. Every file
# still names what it uses: other builds read each header where it is named (with precompiled ones g++ 12 gives false warnings
# about std::string when it optimises).
set(TURNTABLE_COMMON_HEADERS <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <unordered_map> <utility> <vector>)

# turntable_precompile(TARGET [AS OTHER] HEADERS header...): OTHER is the target that makes the precompiled header.
function(turntable_precompile target)
  cmake_parse_arguments(ARG "" "AS" "HEADERS" ${ARGN})
  if(NOT (CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_BUILD_TYPE STREQUAL "Debug"))
    return()
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see which headers were precompiled
  if(ARG_AS AND NOT ARG_AS STREQUAL target)
    target_precompile_headers(${target} REUSE_FROM ${ARG_AS})
  else()
    target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()
