/* SPDX-License-Identifier: MIT */
/*
 * template_built_in - conf/templates, as they were when this was built; made by
 * cmake/built_in.cmake.
 */
#pragma once

/* name, text, name, text... NULL */
extern const char *const template_built_in[];
