# SPDX-License-Identifier: MIT
# Programs: the command, examples, benches. Each is built only if its files are there.

file(GLOB cli_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/cli/*.c)
if(SCTPX_CLI AND cli_sources)
    # Linked with the static library: one file that runs wherever it is installed. It gets the
    # public headers only.
    add_executable(sctpx_cli ${cli_sources})
    set_target_properties(sctpx_cli PROPERTIES OUTPUT_NAME sctpx)
    target_include_directories(sctpx_cli PRIVATE ${PROJECT_SOURCE_DIR}/cli)
    target_link_libraries(sctpx_cli PRIVATE sctpx_static sctpx_flags sctpx_system)
endif()

# examples/*.c: one program each, written as a user would, against the shared library.
# An example with "glib" in its name needs GLib.
file(GLOB example_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/examples/*.c)
if(SCTPX_EXAMPLES)
    foreach(source IN LISTS example_sources)
        cmake_path(GET source STEM name)
        if(name MATCHES "glib" AND NOT GLIB_FOUND)
            continue()
        endif()
        add_executable(example_${name} ${source})
        set_target_properties(example_${name} PROPERTIES OUTPUT_NAME ${name}
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/examples)
        target_link_libraries(example_${name} PRIVATE sctpx sctpx_flags sctpx_system)
        if(name MATCHES "glib")
            target_link_libraries(example_${name} PRIVATE PkgConfig::GLIB)
        else()
            target_link_libraries(example_${name} PRIVATE PkgConfig::LIBUV)
        endif()
    endforeach()
endif()

# bench/*.c: one program each, may look inside; bench/support/*.c is common to them. usrsctp is
# there to compare with, if SCTPX_HAVE_USRSCTP is defined. bench/sim_*.c run on the simulator of the
# tests, so without tests there are none.
file(GLOB bench_sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/*.c)
file(GLOB bench_support CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/bench/support/*.c)
if(SCTPX_BENCH)
    foreach(source IN LISTS bench_sources)
        cmake_path(GET source STEM name)
        if(name MATCHES "^sim_" AND NOT SCTPX_TESTS)
            continue()
        endif()
        set(support ${bench_support})
        if(NOT name MATCHES "^sim_")
            list(FILTER support EXCLUDE REGEX "/support/sim_") # they need the simulator
        endif()
        add_executable(bench_${name} ${source} ${support})
        set_target_properties(bench_${name} PROPERTIES OUTPUT_NAME ${name}
            RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bench)
        target_include_directories(bench_${name} PRIVATE ${PROJECT_SOURCE_DIR}/bench)
        if(name MATCHES "^sim_")
            target_link_libraries(bench_${name} PRIVATE tests_sim tests_support tests_common)
        endif()
        target_link_libraries(bench_${name} PRIVATE
            sctpx_internals sctpx_static sctpx_flags sctpx_system m)
        if(USRSCTP_FOUND)
            target_compile_definitions(bench_${name} PRIVATE SCTPX_HAVE_USRSCTP=1)
            target_link_libraries(bench_${name} PRIVATE PkgConfig::USRSCTP)
        endif()
    endforeach()
endif()
