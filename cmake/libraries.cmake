# SPDX-License-Identifier: MIT
# libsctpx.so and libsctpx.a, from the same objects.

add_library(sctpx SHARED ${sctpx_objects})
add_library(sctpx_static STATIC ${sctpx_objects})
add_library(sctpx::sctpx ALIAS sctpx)
add_library(sctpx::sctpx_static ALIAS sctpx_static)

set_target_properties(sctpx PROPERTIES VERSION ${PROJECT_VERSION} SOVERSION 0)
set_target_properties(sctpx_static PROPERTIES OUTPUT_NAME sctpx)

foreach(library sctpx sctpx_static)
    target_include_directories(${library} PUBLIC
        $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include>
        $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(${library} PRIVATE OpenSSL::Crypto PkgConfig::LIBUV)
    if(sctpx_have_isal)
        target_link_libraries(${library} PRIVATE PkgConfig::LIBISAL)
    endif()
    if(sctpx_have_cares)
        target_link_libraries(${library} PRIVATE PkgConfig::LIBCARES)
    endif()
    set_target_properties(${library} PROPERTIES LINKER_LANGUAGE C)
endforeach()

# A sanitizer's run-time may come with the program, so only plain builds can insist on this.
if(NOT SCTPX_SANITIZE)
    target_link_options(sctpx PRIVATE -Wl,--no-undefined)
endif()
