# SPDX-License-Identifier: MIT
# The folders of src/, lowest first, as one object library each, and who may include whom.
#
# Internal headers are included as "folder/file.h". A plain -Isrc would let every folder see every
# other one, so each target gets an include tree of its own, build/inc/<target>/, that holds links
# to exactly the folders it may use: an include that points the wrong way does not compile.
#
# Sources are found by globs, everywhere in this build. The usual objection (the build does not
# notice a new file) does not hold with CONFIGURE_DEPENDS, and here one file is one module with its
# test beside it by name: a list would only repeat the folder, and be edited by everyone at once.

set(sctpx_layers base wire trace engine carrier loop backend api)
set(sctpx_uses_base base)
set(sctpx_uses_wire base wire)
set(sctpx_uses_trace base wire trace)
set(sctpx_uses_engine base wire trace engine)
set(sctpx_uses_carrier base carrier)
set(sctpx_uses_loop base loop)
set(sctpx_uses_backend base wire trace engine carrier loop backend)
set(sctpx_uses_api base loop backend api)

# Folders that talk to the system; the others see plain C11 only.
set(sctpx_system_layers carrier loop backend api)

set(sctpx_include_root ${PROJECT_BINARY_DIR}/inc)
file(REMOVE_RECURSE ${sctpx_include_root})

# Makes build/inc/<name>/ with a link for every folder given after it.
function(sctpx_include_tree name)
    file(MAKE_DIRECTORY ${sctpx_include_root}/${name})
    foreach(folder IN LISTS ARGN)
        file(CREATE_LINK ${PROJECT_SOURCE_DIR}/src/${folder}
            ${sctpx_include_root}/${name}/${folder} SYMBOLIC)
    endforeach()
endfunction()

set(sctpx_objects)
foreach(layer IN LISTS sctpx_layers)
    sctpx_include_tree(${layer} ${sctpx_uses_${layer}})
    file(GLOB sources CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/src/${layer}/*.c)
    if(NOT sctpx_have_cares)
        list(FILTER sources EXCLUDE REGEX "_cares\\.c$")
    endif()
    if(sctpx_have_kernel_sctp)
        list(FILTER sources EXCLUDE REGEX "/kernel_absent\\.c$")
    else() # the queues are without system calls, and have unit tests
        list(FILTER sources EXCLUDE REGEX "/kernel[a-z_]*\\.c$")
        file(GLOB kernel_rest ${PROJECT_SOURCE_DIR}/src/${layer}/kernel_absent.c
            ${PROJECT_SOURCE_DIR}/src/${layer}/kernel_*box*.c)
        list(APPEND sources ${kernel_rest})
    endif()
    if(NOT sources)
        continue() # an object library without sources is an error
    endif()
    add_library(sctpx_${layer} OBJECT ${sources})
    target_include_directories(sctpx_${layer} PRIVATE
        ${sctpx_include_root}/${layer} ${PROJECT_SOURCE_DIR}/include)
    target_compile_definitions(sctpx_${layer} PRIVATE
        SCTPX_BUILDING $<$<BOOL:${sctpx_have_isal}>:SCTPX_HAVE_ISAL=1>
        $<$<BOOL:${sctpx_have_kernel_sctp}>:SCTPX_HAVE_KERNEL_SCTP=1>)
    target_link_libraries(sctpx_${layer} PRIVATE sctpx_flags OpenSSL::Crypto PkgConfig::LIBUV)
    if(sctpx_have_isal)
        target_link_libraries(sctpx_${layer} PRIVATE PkgConfig::LIBISAL)
    endif()
    if(sctpx_have_cares AND layer STREQUAL "api")
        target_link_libraries(sctpx_${layer} PRIVATE PkgConfig::LIBCARES)
        target_compile_definitions(sctpx_${layer} PRIVATE SCTPX_HAVE_CARES=1)
    endif()
    if(layer IN_LIST sctpx_system_layers)
        target_link_libraries(sctpx_${layer} PRIVATE sctpx_system)
    endif()
    list(APPEND sctpx_objects $<TARGET_OBJECTS:sctpx_${layer}>)
endforeach()

# Programs of this project that look inside (tests, benches, fuzzers) see all folders.
sctpx_include_tree(all ${sctpx_layers})
add_library(sctpx_internals INTERFACE)
target_include_directories(sctpx_internals INTERFACE
    ${sctpx_include_root}/all)
target_compile_definitions(sctpx_internals INTERFACE
    $<$<BOOL:${sctpx_have_isal}>:SCTPX_HAVE_ISAL=1>
    $<$<BOOL:${sctpx_have_kernel_sctp}>:SCTPX_HAVE_KERNEL_SCTP=1>)
