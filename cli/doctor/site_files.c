/* SPDX-License-Identifier: MIT */
#include "site_files.h"

#include "process_age.h"

#include "base/config_files.h"
#include "base/file.h"

#include <string.h>

/* In its folder another one may have been, or may not have been. */
static const char *
file_newer(struct arena *a, const char *path, bool with_folder, int64_t since)
{
	const char *folder = file_folder(a, path);

	if (file_changed_ms(path) > since)
		return path;
	return with_folder && file_changed_ms(folder) > since ? folder : NULL;
}

static const char *
keys_newer(const struct settings *s, struct arena *a, int64_t since)
{
	const struct signing_domain *domains;
	const char *newer = NULL;
	struct signing_keys *keys;
	size_t n;

	if (!s->dkim.sign ||
	    signing_keys_open(s->dkim.keys, &keys, NULL) != RC_OK)
		return NULL;
	signing_keys_read_all(keys);
	domains = signing_keys_domains(keys, &n);
	for (size_t i = 0; i < n && newer == NULL; i++)
		for (size_t k = 0; k < domains[i].n && newer == NULL; k++)
			newer = file_newer(a,
			    arena_copy_text(a, domains[i].files[k].path), true,
			    since);
	signing_keys_close(keys);
	if (newer == NULL && file_changed_ms(s->dkim.keys) > since)
		newer = s->dkim.keys;
	return newer;
}

const char *
site_files_newer(const struct settings *s, struct arena *a, int64_t since,
    bool keys)
{
	struct config_list files = config_files(s->config);
	const char *newer = NULL;

	/* Only those that are included have a folder of their own. */
	for (size_t i = 0; i < files.n && newer == NULL; i++)
		newer = file_newer(a, files.items[i], i > 0, since);
	if (newer == NULL && s->secrets_file != NULL)
		newer = file_newer(a, s->secrets_file, false, since);
	return newer == NULL && keys ? keys_newer(s, a, since) : newer;
}
