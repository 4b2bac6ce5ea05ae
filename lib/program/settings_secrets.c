/* SPDX-License-Identifier: MIT */
/* Which program reads which secret. */
#include "program/settings.h"

#include <string.h>

#define BIT(secret) (1u << (secret))

static const struct {
	const char *program;
	unsigned secrets;
} readers[] = {
    {"policyd", BIT(SETTINGS_SRS)},
    {"forwarder", BIT(SETTINGS_SRS)},
    {"milter", BIT(SETTINGS_SRS)},
    {"mailer", 0},
    {"signup", 0},
};

bool
settings_reads(const struct settings *s, enum settings_secret secret)
{
	if (s->program == NULL)
		return true;
	for (size_t i = 0; i < sizeof(readers) / sizeof(*readers); i++)
		if (strcmp(readers[i].program, s->program) == 0)
			return (readers[i].secrets & BIT(secret)) != 0;
	return false;
}
