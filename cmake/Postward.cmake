# What every folder of the house is built with.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)

# What is installed is optimized as a whole; to link each of hundreds of tests so
# would take long.
set(lto_by_default ON)
if(BUILD_TESTING OR CMAKE_BUILD_TYPE STREQUAL Debug)
	set(lto_by_default OFF)
endif()
option(POSTWARD_FUZZ "Build the libFuzzer targets (needs clang)" OFF)
set(POSTWARD_SANITIZE "" CACHE STRING "Sanitizers, as for -fsanitize=")
option(POSTWARD_LTO "Optimize each program as a whole" ${lto_by_default})
option(POSTWARD_COVERAGE "Count which lines are run (needs gcc)" OFF)

# A bug that an assertion sees is better ended than lived with, also in what
# is installed: Postfix tries again.
set(CMAKE_C_FLAGS_RELWITHDEBINFO "-O2 -g")

find_package(PkgConfig REQUIRED)
find_package(Threads REQUIRED)

# A warning is an error in the presets of who works on it, and in no other: a
# compiler that is newer than we are warns of more, and must build us all the same.
add_compile_definitions(_GNU_SOURCE)
add_compile_options(-Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes
	-Wmissing-prototypes -fno-strict-aliasing
	-fstack-protector-strong)
# A program loads the libraries that it calls, not all that those below it call.
add_link_options(-Wl,--as-needed)
if(POSTWARD_SANITIZE)
	add_compile_options(-fsanitize=${POSTWARD_SANITIZE}
		-fno-sanitize-recover=all -fno-omit-frame-pointer)
	add_link_options(-fsanitize=${POSTWARD_SANITIZE})
else()
	add_compile_definitions($<$<NOT:$<CONFIG:Debug>>:_FORTIFY_SOURCE=2>)
	set(CMAKE_POSITION_INDEPENDENT_CODE ON)
	# All names are bound at the start: calls need no table of jumps.
	add_compile_options(-fno-plt)
	add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
if(POSTWARD_LTO)
	include(CheckIPOSupported)
	check_ipo_supported(RESULT CMAKE_INTERPROCEDURAL_OPTIMIZATION)
	# Behind what a package's build asks for, which is mostly -O2: policyd
	# takes a ninth fewer instructions for a request with -O3.
	add_compile_options(-O3)
endif()
if(POSTWARD_FUZZ)
	add_compile_options(-fsanitize=fuzzer-no-link)
endif()
if(POSTWARD_COVERAGE)
	if(NOT CMAKE_C_COMPILER_ID STREQUAL Clang)
		message(FATAL_ERROR "POSTWARD_COVERAGE wants clang: CMAKE_C_COMPILER")
	endif()
	# tests/coverage/end.c writes the figures, one file for each program.
	add_compile_options(-fprofile-instr-generate -fcoverage-mapping)
	add_link_options(-fprofile-instr-generate
		-Wl,--wrap=_exit -Wl,-u,__wrap__exit)
	add_library(coverage_end STATIC ${PROJECT_SOURCE_DIR}/tests/coverage/end.c)
	target_compile_options(coverage_end PRIVATE -fno-profile-instr-generate
		-fno-coverage-mapping)
	target_compile_definitions(coverage_end PRIVATE
		COVERAGE_FILE="${PROJECT_BINARY_DIR}/profiles/%m.profraw")
	link_libraries(coverage_end)
endif()

# postward_sees_private(TARGET LAYER): TARGET is the layer itself, or a test of it.
function(postward_sees_private target layer)
	target_include_directories(${target}
		PRIVATE ${PROJECT_BINARY_DIR}/private/${layer})
endfunction()

# postward_library(NAME SOURCES file... [DEPENDS layer...] [PACKAGES pc...])
#
# A layer: lib/NAME as a static library.  Its headers are reached as
# "NAME/file.h" through an include path of its own, which only those who
# list it under DEPENDS get: an upward include does not compile.  Nor does one
# of "NAME/private/file.h" from outside.
function(postward_library name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;DEPENDS;PACKAGES")
	set(path ${PROJECT_BINARY_DIR}/public/${name})
	file(REMOVE_RECURSE ${path})
	file(MAKE_DIRECTORY ${path}/${name})
	file(GLOB headers CONFIGURE_DEPENDS *.h)
	foreach(header ${headers})
		cmake_path(GET header FILENAME file)
		file(CREATE_LINK ${header} ${path}/${name}/${file} SYMBOLIC)
	endforeach()
	set(private ${PROJECT_BINARY_DIR}/private/${name}/${name})
	file(MAKE_DIRECTORY ${private})
	file(CREATE_LINK ${CMAKE_CURRENT_SOURCE_DIR}/private
		${private}/private SYMBOLIC)
	add_library(${name} STATIC ${arg_SOURCES})
	target_include_directories(${name} PUBLIC ${path})
	postward_sees_private(${name} ${name})
	target_link_libraries(${name} PUBLIC ${arg_DEPENDS} Threads::Threads)
	foreach(package ${arg_PACKAGES})
		pkg_check_modules(${package} REQUIRED IMPORTED_TARGET ${package})
		target_link_libraries(${name} PRIVATE PkgConfig::${package})
	endforeach()
endfunction()

# postward_built_in(TARGET SYMBOL file...): TARGET gets the files' names and
# contents as the constant SYMBOL, which TARGET/private/SYMBOL.h declares.
function(postward_built_in target symbol)
	set(source ${CMAKE_CURRENT_BINARY_DIR}/${symbol}.c)
	add_custom_command(OUTPUT ${source}
		COMMAND ${CMAKE_COMMAND} -D OUT=${source}
			-D HEADER=${target}/private/${symbol}.h
			-D SYMBOL=${symbol}
			-P ${PROJECT_SOURCE_DIR}/cmake/built_in.cmake ${ARGN}
		DEPENDS ${ARGN} ${PROJECT_SOURCE_DIR}/cmake/built_in.cmake
		VERBATIM)
	target_sources(${target} PRIVATE ${source})
endfunction()

# postward_text(OUT FILE): FILE with the paths of this installation in place of
# Debian's; OUT is the variable that gets the path of that copy.
function(postward_text out file)
	set(copy ${CMAKE_CURRENT_BINARY_DIR}/text/${file})
	file(READ ${file} text)
	string(REPLACE /usr/share/postward
		${CMAKE_INSTALL_FULL_DATADIR}/postward text "${text}")
	string(REPLACE /etc/postward
		${CMAKE_INSTALL_FULL_SYSCONFDIR}/postward text "${text}")
	file(CONFIGURE OUTPUT ${copy} CONTENT "${text}" @ONLY)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
	set(${out} ${copy} PARENT_SCOPE)
endfunction()

# postward_program(NAME SOURCES file... DEPENDS layer... MANUAL page.8 DIRECTORY dir)
function(postward_program name)
	cmake_parse_arguments(PARSE_ARGV 1 arg "" "MANUAL;DIRECTORY"
		"SOURCES;DEPENDS")
	add_executable(${name} ${arg_SOURCES})
	target_link_libraries(${name} PRIVATE ${arg_DEPENDS})
	set_target_properties(${name} PROPERTIES
		RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/bin)
	install(TARGETS ${name} DESTINATION ${arg_DIRECTORY})
	string(REGEX REPLACE "^.*\\.([0-9])$" "\\1" section ${arg_MANUAL})
	postward_text(manual ${arg_MANUAL})
	install(FILES ${manual}
		DESTINATION ${CMAKE_INSTALL_MANDIR}/man${section})
endfunction()
