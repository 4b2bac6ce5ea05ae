/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb_greeting.h"

#include <string.h>

/* Protocol 10 has a version that ends in a NUL, the number of the thread, eight
   bytes to scramble the password with, one byte of padding, and then the
   capabilities. */
#define PROTOCOL     10
#define ERROR_PACKET 0xff
#define BEFORE_FLAGS (4 + 8 + 1)
#define CAN_TLS      0x0800

size_t
mariadb_packet_size(const uint8_t header[MARIADB_HEADER_LEN])
{
	return MARIADB_HEADER_LEN + header[0] + ((size_t)header[1] << 8) +
	       ((size_t)header[2] << 16);
}

bool
mariadb_greeting_offers_tls(const uint8_t *packet, size_t len)
{
	const uint8_t *p = packet + MARIADB_HEADER_LEN, *end = packet + len;

	if (len <= MARIADB_HEADER_LEN)
		return false;
	if (*p == ERROR_PACKET)
		return true;
	if (*p++ != PROTOCOL)
		return false;
	p = memchr(p, '\0', (size_t)(end - p));
	if (p == NULL || end - (p + 1) < BEFORE_FLAGS + 2)
		return false;
	p += 1 + BEFORE_FLAGS;
	return ((p[0] | p[1] << 8) & CAN_TLS) != 0;
}
