/* SPDX-License-Identifier: MIT */
#include "store/private/mariadb_greeting.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The first bytes of whoever answers where a MariaDB server should be. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < MARIADB_HEADER_LEN)
		return 0;
	mariadb_packet_size(data);
	mariadb_greeting_offers_tls(data, size);
	return 0;
}
