# One dialect and one set of warnings for everything that is ours.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

find_program(TURNTABLE_CCACHE ccache)
if(TURNTABLE_CCACHE AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${TURNTABLE_CCACHE})
endif()

set(TURNTABLE_SANITIZE "" CACHE STRING "Value of -fsanitize= for every target; empty for none")
if(TURNTABLE_SANITIZE)
  add_compile_options(-fsanitize=${TURNTABLE_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${TURNTABLE_SANITIZE})
endif()

add_library(turntable_warnings INTERFACE)
target_compile_options(turntable_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wsign-conversion -Wnon-virtual-dtor -Woverloaded-virtual -Werror)
# g++ 12 reports false overflows inside std::string and std::variant at -O2.
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  target_compile_options(turntable_warnings INTERFACE -Wno-restrict -Wno-maybe-uninitialized -Wno-missing-field-initializers)
else()
  target_compile_options(turntable_warnings INTERFACE -Wno-missing-field-initializers)
endif()
