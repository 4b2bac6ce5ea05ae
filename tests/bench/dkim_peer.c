/* SPDX-License-Identifier: MIT */
/*
 * dkim_peer - what dkim_bench measures, with libopendkim.
 *
 * usage: dkim_peer SECONDS "" FOLDER      FOLDER: what dkim_bench has saved
 *
 * It is a program of its own, as both libraries have a dkim_sign.
 */
#include <dkim.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct letter {
	char *text;
	size_t len;
	const char *body;
};

static DKIM_LIB *library;
static char record[8192], pem[8192];

static void
peer_must(bool so)
{
	if (!so)
		abort();
}

static size_t
peer_read(const char *folder, const char *name, char *to, size_t room)
{
	char path[4096];
	size_t len;
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", folder, name);
	file = fopen(path, "re");
	peer_must(file != NULL);
	len = fread(to, 1, room - 1, file);
	to[len] = '\0';
	fclose(file);
	return len;
}

static void
letter_read(const char *folder, const char *name, struct letter *out)
{
	const size_t room = 1 << 20;

	out->text = malloc(room);
	peer_must(out->text != NULL);
	out->len = peer_read(folder, name, out->text, room);
	out->body = strstr(out->text, "\r\n\r\n") + 4;
}

static DKIM_CBSTAT
peer_key(DKIM *dkim, DKIM_SIGINFO *signature, unsigned char *to, size_t room)
{
	(void)dkim, (void)signature;
	snprintf((char *)to, room, "%s", record);
	return DKIM_CBSTAT_CONTINUE;
}

/* The field ends where a line follows that does not go on with it. */
static const char *
field_end(const char *p)
{
	while ((p = strstr(p, "\r\n")) != NULL && (p[2] == ' ' || p[2] == '\t'))
		p += 2;
	return p;
}

/* Signatures of the letter are left out where it is signed. */
static void
peer_feed(DKIM *dkim, const struct letter *l, bool signs)
{
	const char *p = l->text, *end, *stop = l->text + l->len;

	for (; p < l->body - 2; p = end + 2) {
		end = field_end(p);
		if (signs && strncmp(p, "DKIM-Signature:", 15) == 0)
			continue;
		peer_must(dkim_header(dkim, (u_char *)(uintptr_t)p,
			      (size_t)(end - p)) == DKIM_STAT_OK);
	}
	peer_must(dkim_eoh(dkim) == DKIM_STAT_OK);
	for (p = l->body; p < stop; p += 65535) {
		size_t len = (size_t)(stop - p);

		peer_must(dkim_body(dkim, (u_char *)(uintptr_t)p,
			      len < 65535 ? len : 65535) == DKIM_STAT_OK);
	}
}

static void
peer_verify(const struct letter *l)
{
	DKIM_STAT stat;
	DKIM *dkim =
	    dkim_verify(library, (const unsigned char *)"bench", NULL, &stat);

	peer_must(dkim != NULL);
	peer_feed(dkim, l, false);
	peer_must(dkim_eom(dkim, NULL) == DKIM_STAT_OK);
	dkim_free(dkim);
}

static void
peer_sign(const struct letter *l)
{
	DKIM_STAT stat;
	unsigned char *value;
	size_t len;
	DKIM *dkim = dkim_sign(library, (const unsigned char *)"bench", NULL,
	    (dkim_sigkey_t)pem, (const unsigned char *)"s1",
	    (const unsigned char *)"example.org", DKIM_CANON_RELAXED,
	    DKIM_CANON_RELAXED, DKIM_SIGN_RSASHA256, -1, &stat);

	peer_must(dkim != NULL);
	peer_feed(dkim, l, true);
	peer_must(dkim_eom(dkim, NULL) == DKIM_STAT_OK &&
		  dkim_getsighdr_d(dkim, 16, &value, &len) == DKIM_STAT_OK);
	dkim_free(dkim);
}

static double
peer_cpu(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void
peer_measure(const char *what, void (*step)(const struct letter *),
    const struct letter *l, double seconds)
{
	double start = peer_cpu(), now = start;
	long n = 0;

	for (; now - start < seconds; now = peer_cpu())
		for (int i = 0; i < 20; i++, n++)
			step(l);
	printf("%-24s %9.0f /s\n", what, (double)n / (now - start));
}

int
main(int argc, char **argv)
{
	struct letter small, big;
	double seconds;

	if (argc != 4) {
		fprintf(stderr, "usage: dkim_peer SECONDS \"\" FOLDER\n");
		return 2;
	}
	seconds = atof(argv[1]);
	library = dkim_init(NULL, NULL);
	peer_must(library != NULL &&
		  dkim_set_key_lookup(library, peer_key) == DKIM_STAT_OK);
	peer_read(argv[3], "record", record, sizeof(record));
	peer_read(argv[3], "key.pem", pem, sizeof(pem));
	letter_read(argv[3], "2.eml", &small);
	letter_read(argv[3], "100.eml", &big);
	peer_measure("verify RSA-2048, 2 KB", peer_verify, &small, seconds);
	peer_measure("verify RSA-2048, 100 KB", peer_verify, &big, seconds);
	peer_measure("sign RSA-2048, 2 KB", peer_sign, &small, seconds);
	free(small.text);
	free(big.text);
	dkim_close(library);
	return 0;
}
