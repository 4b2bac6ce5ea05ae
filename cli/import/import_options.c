/* SPDX-License-Identifier: MIT */
#include "import_options.h"

#include "forwarding/domains.h"
#include "mail/domain.h"
#include "output.h"

int
import_options_read(struct invocation *in, struct import_settings *out,
    enum import_format *format)
{
	const struct forwards_settings *f = &in->settings->forwards;
	const char *word = in->options[OPTION_FORMAT];
	const char *domain = in->options[OPTION_DOMAIN];

	*out = (struct import_settings){
	    .forwards = f,
	    .domain = f->n_domains == 1 ? f->domains[0] : NULL,
	    .rewrite = in->settings->authors.domain != NULL,
	};
	if (word != NULL && !import_format_read(word, format)) {
		output_wrong(in,
		    "--format %s: expected aliases, virtual, postfixadmin or "
		    "csv",
		    word);
		return EXIT_USAGE;
	}
	if (domain == NULL)
		return EXIT_DONE;
	if (domain_read(in->arena, domain, &out->domain, NULL) == RC_OK &&
	    domains_ours(f, out->domain))
		return EXIT_DONE;
	output_wrong(in, "--domain %s: expected one of our domains", domain);
	return EXIT_USAGE;
}
