# SPDX-License-Identifier: MIT
# What is installed: headers, both libraries, the command, man pages, documents, bash completion, the
# files by which pkg-config and find_package() find them. Both work from any prefix, also one that
# is only chosen at install time.

include(CMakePackageConfigHelpers)

install(TARGETS sctpx sctpx_static EXPORT sctpxTargets
    LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/sctpx
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

if(TARGET sctpx_cli)
    install(TARGETS sctpx_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
    if(EXISTS ${PROJECT_SOURCE_DIR}/cli/completion/sctpx.bash)
        install(FILES ${PROJECT_SOURCE_DIR}/cli/completion/sctpx.bash
            DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions RENAME sctpx)
    endif()
endif()

foreach(section RANGE 1 8)
    file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.${section})
    if(pages)
        install(FILES ${pages} DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
    endif()
endforeach()

# Each call has its manual page by its own name too: a page that only names the other one.
file(GLOB pages CONFIGURE_DEPENDS ${PROJECT_SOURCE_DIR}/docs/man/*.3)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${pages})
set(man_links ${PROJECT_BINARY_DIR}/man3)
file(REMOVE_RECURSE ${man_links})
foreach(page ${pages})
    get_filename_component(page_name ${page} NAME_WE)
    file(STRINGS ${page} lines REGEX "^\\.Nm sctpx_[a-z0-9_]+")
    foreach(line ${lines})
        string(REGEX MATCH "sctpx_[a-z0-9_]+" name "${line}")
        if(NOT EXISTS ${PROJECT_SOURCE_DIR}/docs/man/${name}.3)
            file(WRITE ${man_links}/${name}.3 ".so man3/${page_name}.3\n")
        endif()
    endforeach()
endforeach()
install(DIRECTORY ${man_links}/ DESTINATION ${CMAKE_INSTALL_MANDIR}/man3)

# Laid out as in the source, so that the links between them lead somewhere.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE
    DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES fuzz/README.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/fuzz)
install(DIRECTORY docs examples DESTINATION ${CMAKE_INSTALL_DOCDIR}
    PATTERN reference EXCLUDE)

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/sctpx)
install(EXPORT sctpxTargets NAMESPACE sctpx:: DESTINATION ${package_dir})
configure_package_config_file(${PROJECT_SOURCE_DIR}/cmake/sctpxConfig.cmake.in
    ${PROJECT_BINARY_DIR}/sctpxConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/sctpxConfigVersion.cmake
    COMPATIBILITY SameMinorVersion) # 0.x: every minor version may change the interface
install(FILES ${PROJECT_BINARY_DIR}/sctpxConfig.cmake
    ${PROJECT_BINARY_DIR}/sctpxConfigVersion.cmake DESTINATION ${package_dir})

set(pc_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH pc_to_prefix ${CMAKE_INSTALL_PREFIX}/${pc_dir} ${CMAKE_INSTALL_PREFIX})
string(REGEX REPLACE "/$" "" pc_to_prefix ${pc_to_prefix})
set(pc_requires "libcrypto >= 3.0 libuv >= 1.44")
if(sctpx_have_isal)
    string(APPEND pc_requires " libisal")
endif()
if(sctpx_have_cares)
    string(APPEND pc_requires " libcares >= 1.18")
endif()
configure_file(${PROJECT_SOURCE_DIR}/cmake/sctpx.pc.in ${PROJECT_BINARY_DIR}/sctpx.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/sctpx.pc DESTINATION ${pc_dir})
