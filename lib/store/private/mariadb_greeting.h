/* SPDX-License-Identifier: MIT */
/*
 * mariadb_greeting - the first packet of a server.  Before the library answers
 * it we must know one thing: does the server offer TLS?  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARIADB_HEADER_LEN ((size_t)4)

/* Returns how long the packet is, with its header of MARIADB_HEADER_LEN
   bytes. */
size_t mariadb_packet_size(const uint8_t header[MARIADB_HEADER_LEN]);

/* packet is the whole packet, or as much of it as has come.  True also for an
   error packet, which takes no answer.  A packet that cannot be read offers no
   TLS. */
bool mariadb_greeting_offers_tls(const uint8_t *packet, size_t len);
