/* SPDX-License-Identifier: MIT */
/*
 * program_users - who the programs are, as conf/systemd has it.
 */
#pragma once

#define PROGRAMS_USER "postward"
#define SIGNUP_USER   "postward-signup"
#define STORE_GROUP   "postward-store"
#define SYSUSERS      "/usr/lib/sysusers.d/postward.conf"
