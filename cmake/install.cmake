# What an installation holds: headers, both libraries, and how pkg-config and CMake find them. It can be moved.
include(CMakePackageConfigHelpers)

install(TARGETS redpipe redpipe_static EXPORT redpipe INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
install(DIRECTORY include/redpipe DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} FILES_MATCHING PATTERN "*.h")

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/redpipe)
install(EXPORT redpipe NAMESPACE redpipe:: FILE redpipe-targets.cmake DESTINATION ${package_dir})
configure_package_config_file(cmake/redpipe-config.cmake.in redpipe-config.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(redpipe-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/redpipe-config.cmake ${PROJECT_BINARY_DIR}/redpipe-config-version.cmake
        DESTINATION ${package_dir})

set(pkgconfig_dir ${CMAKE_INSTALL_LIBDIR}/pkgconfig)
file(RELATIVE_PATH prefix_from_pkgconfig /${pkgconfig_dir} /)
string(REGEX REPLACE "/$" "" prefix_from_pkgconfig ${prefix_from_pkgconfig})
configure_file(redpipe.pc.in redpipe.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/redpipe.pc DESTINATION ${pkgconfig_dir})
