# cmake -D OUT=file.c -D HEADER=path -D SYMBOL=name -P built_in.cmake file...
#
# Writes a C source that holds the files: name without its ending, content,
# name, content..., NULL.

set(code "#include \"${HEADER}\"\n\n#include <stddef.h>\n\n")
string(APPEND code "const char *const ${SYMBOL}[] = {\n")
math(EXPR last "${CMAKE_ARGC} - 1")
set(is_file FALSE)
foreach(i RANGE ${last})
	if(is_file)
		file(READ ${CMAKE_ARGV${i}} hex HEX)
		string(REGEX REPLACE "(..)" "\\\\x\\1" text "${hex}")
		# A line of the source for each of the file.
		string(REPLACE "\\x0a" "\\x0a\"\n    \"" text "${text}")
		cmake_path(GET CMAKE_ARGV${i} STEM name)
		string(APPEND code "    \"${name}\",\n    \"${text}\",\n")
	elseif("${CMAKE_ARGV${i}}" MATCHES "built_in.cmake$")
		set(is_file TRUE)
	endif()
endforeach()
file(WRITE ${OUT} "${code}    NULL};\n")
