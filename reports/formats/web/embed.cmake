# Puts uPlot and the report's own script and style into one generated source of leapday_reports.
# Why: the report is one file that needs no network, and neither does the build once npm has
# fetched uPlot. An installed node_modules beside package.json is used when it matches the lock
# file; otherwise npm installs a copy in the build directory.
set(report_web ${CMAKE_CURRENT_LIST_DIR})
set(report_generated ${CMAKE_BINARY_DIR}/generated/html_assets.cpp)
set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${report_web}/package-lock.json)

file(READ ${report_web}/package-lock.json report_lock)
string(JSON report_locked GET "${report_lock}" packages node_modules/uplot version)

set(uplot ${report_web}/node_modules/uplot)
set(report_installed "")
if(EXISTS ${uplot}/package.json)
  file(READ ${uplot}/package.json report_package)
  string(JSON report_installed GET "${report_package}" version)
endif()
if(NOT report_installed STREQUAL report_locked)
  find_program(NPM npm REQUIRED)
  set(report_copy ${CMAKE_BINARY_DIR}/report_web)
  set(uplot ${report_copy}/node_modules/uplot)
  add_custom_command(
    OUTPUT ${uplot}/dist/uPlot.iife.min.js ${uplot}/dist/uPlot.min.css
    COMMAND ${CMAKE_COMMAND} -E make_directory ${report_copy}
    COMMAND ${CMAKE_COMMAND} -E copy ${report_web}/package.json ${report_web}/package-lock.json
            ${report_copy}
    COMMAND ${CMAKE_COMMAND} -E chdir ${report_copy} ${NPM} ci --ignore-scripts --no-audit --no-fund
    DEPENDS ${report_web}/package.json ${report_web}/package-lock.json
    COMMENT "Fetching uPlot ${report_locked} for the HTML report"
    VERBATIM)
endif()

set(report_assets
  ${uplot}/dist/uPlot.iife.min.js ${uplot}/dist/uPlot.min.css ${report_web}/report.css
  ${report_web}/base.js ${report_web}/plots.js ${report_web}/panels.js ${report_web}/report.js)
add_custom_command(
  OUTPUT ${report_generated}
  COMMAND ${CMAKE_COMMAND} -DOUTPUT=${report_generated} "-DASSETS=${report_assets}"
          -P ${report_web}/embed_script.cmake
  DEPENDS ${report_assets} ${report_web}/embed_script.cmake
  COMMENT "Embedding the HTML report's script and style"
  VERBATIM)
target_sources(leapday_reports PRIVATE ${report_generated})
