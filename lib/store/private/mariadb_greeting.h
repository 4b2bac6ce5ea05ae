/* SPDX-License-Identifier: MIT */
/*
 * mariadb_greeting - the first packet of a server, of which we want to know one
 * thing before the library answers it: does it offer TLS?  Pure.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MARIADB_HEADER_LEN ((size_t)4)

/* How long the packet is, with its header of MARIADB_HEADER_LEN bytes. */
size_t mariadb_packet_size(const uint8_t header[MARIADB_HEADER_LEN]);

/* packet: whole, or as much of it as there is.  An error packet, which takes
   no answer, is let pass; what cannot be read offers nothing. */
bool mariadb_greeting_offers_tls(const uint8_t *packet, size_t len);
