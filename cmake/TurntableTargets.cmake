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

# Headers that most files of a target include are read once for all of them: that halves the time of a build. Every file
# still names what it uses; builds with clang (lint, fuzz) read each header where it is named.
set(TURNTABLE_COMMON_HEADERS <algorithm> <chrono> <filesystem> <functional> <map> <memory> <optional> <span> <string>
  <string_view> <unordered_map> <utility> <vector>)

# turntable_precompile(TARGET [AS OTHER] HEADERS header...): OTHER is the target that makes the precompiled header.
function(turntable_precompile target)
  cmake_parse_arguments(ARG "" "AS" "HEADERS" ${ARGN})
  if(NOT CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    return()
  endif()
  target_compile_options(${target} PRIVATE -fpch-preprocess)  # lets ccache see which headers were precompiled
  if(ARG_AS AND NOT ARG_AS STREQUAL target)
    target_precompile_headers(${target} REUSE_FROM ${ARG_AS})
  else()
    target_precompile_headers(${target} PRIVATE ${ARG_HEADERS})
  endif()
endfunction()
