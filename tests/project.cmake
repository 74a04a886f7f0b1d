# SPDX-License-Identifier: MIT
# Tests of the project itself: layout, matrix of requirements, exported names, installation.

# Instrumented builds hold more symbols than were written, and do not get installed.
set(plain_build ON)
if(SCTPX_SANITIZE OR SCTPX_COVERAGE OR SCTPX_LTO)
    set(plain_build OFF)
endif()

set(layout ${CMAKE_CURRENT_SOURCE_DIR}/layout)
add_test(NAME layout COMMAND sh ${layout}/check.sh ${PROJECT_SOURCE_DIR})
add_test(NAME layout.self_test COMMAND sh ${layout}/check.sh --self-test)
add_test(NAME layout.headers
    COMMAND sh ${layout}/headers.sh ${CMAKE_C_COMPILER} ${PROJECT_SOURCE_DIR})
add_test(NAME layout.hops COMMAND sh ${layout}/hops.sh ${PROJECT_SOURCE_DIR})
add_test(NAME layout.reference COMMAND sh ${layout}/reference.sh ${PROJECT_SOURCE_DIR})
add_test(NAME layout.reference_self_test
    COMMAND sh ${layout}/reference.sh --self-test ${PROJECT_SOURCE_DIR})
add_test(NAME layout.qt_table COMMAND sh ${layout}/qt_table.sh ${PROJECT_SOURCE_DIR})
add_test(NAME layout.scenarios COMMAND bash ${layout}/scenarios.sh ${PROJECT_SOURCE_DIR})
set_tests_properties(layout.reference layout.reference_self_test PROPERTIES SKIP_RETURN_CODE 77)
add_test(NAME conformance.matrix_self_test
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/conformance/matrix_self_test.sh)
set(project_tests layout layout.self_test layout.headers layout.hops layout.reference
    layout.reference_self_test layout.qt_table layout.scenarios conformance.matrix_self_test)
add_test(NAME conformance.matrix
    COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/conformance/matrix.sh --check)
list(APPEND project_tests conformance.matrix)

if(plain_build)
    foreach(layer IN LISTS sctpx_layers)
        if(NOT TARGET sctpx_${layer})
            continue()
        endif()
        set(kind any)
        if(layer MATCHES "^(base|wire|engine)$")
            set(kind pure)
        endif()
        add_test(NAME layout.objects_${layer} COMMAND_EXPAND_LISTS
            COMMAND sh ${layout}/objects.sh ${kind} $<TARGET_OBJECTS:sctpx_${layer}>)
        list(APPEND project_tests layout.objects_${layer})
    endforeach()

    add_test(NAME exports
        COMMAND sh ${PROJECT_SOURCE_DIR}/cmake/check_exports.sh $<TARGET_FILE:sctpx>)
    add_test(NAME install COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/install/run.sh
        ${CMAKE_COMMAND} ${CMAKE_C_COMPILER} ${PROJECT_BINARY_DIR})
    list(APPEND project_tests exports install)
endif()

set_tests_properties(${project_tests} PROPERTIES TIMEOUT 120 LABELS project)
