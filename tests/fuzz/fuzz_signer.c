/* SPDX-License-Identifier: MIT */
#include "fuzz_signer.h"

#include "base/arena.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAA2pgLa+HHHi6xUnivgYfg72JrtSHlvhHp3Xd5YnMrj\n"
    "-----END PRIVATE KEY-----\n";

static void
must_work(bool so)
{
	if (!so)
		abort();
}

static void
write_key(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);

	must_work(fd >= 0 &&
		  write(fd, pem, strlen(pem)) == (ssize_t)strlen(pem));
	close(fd);
}

/* The folder is gone again before anything can go wrong. */
const struct signing_keys *
fuzz_signer_keys(void)
{
	static struct signing_keys *keys;
	char folder[] = "/tmp/postward-fuzz-XXXXXX";
	const char *domain, *file;
	struct arena *a;

	if (keys != NULL)
		return keys;
	a = arena_new();
	must_work(mkdtemp(folder) != NULL);
	domain = arena_printf(a, "%s/example.org", folder);
	file = arena_printf(a, "%s/s1.pem", domain);
	must_work(mkdir(domain, 0700) == 0);
	write_key(file);
	must_work(signing_keys_open(folder, &keys, NULL) == RC_OK);
	must_work(unlink(file) == 0 && rmdir(domain) == 0 &&
		  rmdir(folder) == 0);
	arena_free(a);
	return keys;
}
