/* SPDX-License-Identifier: MIT */
/*
 * style_css - style.css, as CMake has put it into the program.
 */
#pragma once

extern const char style_css[];
