/* SPDX-License-Identifier: MIT */
#include "store/mariadb_url.h"

#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What is taken has a host with a port, or a socket. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena *a = arena_new();
	struct mariadb_url url = {0};

	if (mariadb_url_read(a, arena_copy_bytes(a, (const char *)data, size),
		&url) == NULL) {
		if (url.n_hosts < 1 || url.n_hosts > MARIADB_HOSTS_MAX ||
		    url.user == NULL || url.database == NULL)
			abort();
		for (size_t i = 0; i < url.n_hosts; i++)
			if (url.hosts[i].name == NULL && url.socket == NULL)
				abort();
	}
	arena_free(a);
	return 0;
}
