# What `cmake --install` puts where: the command, the static library with its headers and package
# files, and the scenario library that `leapday list scenarios` reads.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

install(TARGETS leapday_cli RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(TARGETS leapday EXPORT leapdayTargets ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY include/leapday DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
  FILES_MATCHING PATTERN "*.hpp" PATTERN "*.inc")
install(FILES ${CMAKE_BINARY_DIR}/include/leapday/version.hpp
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/leapday)
install(DIRECTORY scenarios/library DESTINATION ${CMAKE_INSTALL_DATADIR}/leapday/scenarios)
install(FILES LICENSE README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/leapday)
install(EXPORT leapdayTargets NAMESPACE leapday:: DESTINATION ${package_dir})
configure_package_config_file(cmake/leapdayConfig.cmake.in
  ${CMAKE_BINARY_DIR}/leapdayConfig.cmake INSTALL_DESTINATION ${package_dir})
write_basic_package_version_file(${CMAKE_BINARY_DIR}/leapdayConfigVersion.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_BINARY_DIR}/leapdayConfig.cmake ${CMAKE_BINARY_DIR}/leapdayConfigVersion.cmake
  DESTINATION ${package_dir})
