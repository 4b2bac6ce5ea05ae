/* SPDX-License-Identifier: MIT */
/*
 * process_limits - how many descriptors and how much memory a program that
 * stays may have of the kernel.
 */
#pragma once

/* As many descriptors as it may have, and no more heaps than it needs.  Before
   other threads. */
void process_limits_set(void);
