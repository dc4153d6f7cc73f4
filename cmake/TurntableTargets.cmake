# turntable_library(NAME FOLDER folder DEPENDS targets... PRIVATE targets...)
# One folder, one static library: every .cpp of the folder itself. The targets behind DEPENDS show in its headers.
function(turntable_library name)
  cmake_parse_arguments(ARG "" "FOLDER" "DEPENDS;PRIVATE" ${ARGN})
  file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${ARG_FOLDER}/*.cpp)
  add_library(${name} STATIC ${sources})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} PRIVATE turntable_warnings ${ARG_PRIVATE})
endfunction()
