# SPDX-License-Identifier: MIT
# Compiler flags of everything built here. Sanitizers and coverage must reach every target and the
# link, so they are set for the whole directory; the warnings come with the target sctpx_flags.

add_library(sctpx_flags INTERFACE)
target_compile_options(sctpx_flags INTERFACE
    -Wall -Wextra -Wpedantic -Wconversion -Wsign-conversion -Wshadow -Wstrict-prototypes
    -Wmissing-prototypes -Wcast-align -Wcast-qual -Wpointer-arith -Wundef -Wvla -Wformat=2
    $<$<BOOL:${SCTPX_WERROR}>:-Werror>
)

# Names beyond C11 (POSIX, GNU). The value is empty so that a file may also say it itself.
add_library(sctpx_system INTERFACE)
target_compile_definitions(sctpx_system INTERFACE "_GNU_SOURCE=")

if(SCTPX_SANITIZE)
    add_compile_options(-fsanitize=${SCTPX_SANITIZE} -fno-sanitize-recover=all
        -fno-omit-frame-pointer)
    add_link_options(-fsanitize=${SCTPX_SANITIZE})
endif()
if(SCTPX_COVERAGE)
    add_compile_options(--coverage)
    add_link_options(--coverage)
endif()
if(SCTPX_LTO)
    include(CheckIPOSupported)
    check_ipo_supported(LANGUAGES C)
    set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
