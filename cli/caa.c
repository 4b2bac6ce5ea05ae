/* SPDX-License-Identifier: MIT */
#include "caa.h"

#include "base/str.h"

#include <string.h>
#include <strings.h>

#define CRITICAL 0x80

/* As the authorities' own documents have it. */
static const struct {
	const char *organization; /* its beginning */
	const char *names[4];     /* any of them will do */
} authorities[] = {
    {"Let's Encrypt", {"letsencrypt.org"}},
    {"Internet Security Research Group", {"letsencrypt.org"}},
    {"ZeroSSL", {"sectigo.com", "zerossl.com"}},
    {"Sectigo", {"sectigo.com", "comodoca.com", "usertrust.com"}},
    {"COMODO", {"sectigo.com", "comodoca.com", "comodo.com"}},
    {"DigiCert", {"digicert.com", "digicert.ne.jp", "symantec.com"}},
    {"Google Trust Services", {"pki.goog"}},
    {"Amazon", {"amazon.com", "amazontrust.com", "awstrust.com"}},
    {"GlobalSign", {"globalsign.com"}},
    {"Entrust", {"entrust.net"}},
    {"Buypass", {"buypass.com", "buypass.no"}},
    {"SSL Corp", {"ssl.com"}},
    {"SwissSign", {"swisssign.com"}},
    {"GoDaddy", {"godaddy.com", "starfieldtech.com"}},
    {"Starfield", {"starfieldtech.com", "godaddy.com"}},
    {"Actalis", {"actalis.it"}},
    {"Certum", {"certum.pl", "certum.eu"}},
    {"HARICA", {"harica.gr"}},
    {"Hellenic Academic", {"harica.gr"}},
};

const char *
caa_name_of_issuer(const char *organization)
{
	const size_t n = sizeof(authorities) / sizeof(*authorities);

	for (size_t i = 0; organization != NULL && i < n; i++)
		if (str_starts_fold(organization, authorities[i].organization))
			return authorities[i].names[0];
	return NULL;
}

/* One authority goes by several names. */
static bool
caa_is_name(const char *issuer, const char *value, size_t len)
{
	const size_t n = sizeof(authorities) / sizeof(*authorities);

	for (size_t i = 0; i < n; i++) {
		if (strcmp(authorities[i].names[0], issuer) != 0)
			continue;
		for (size_t k = 0; k < 4; k++) {
			const char *name = authorities[i].names[k];

			if (name != NULL && strlen(name) == len &&
			    strncasecmp(name, value, len) == 0)
				return true;
		}
	}
	return strlen(issuer) == len && strncasecmp(issuer, value, len) == 0;
}

/* The domain before a semicolon and parameters (RFC 8659 4.2). */
static bool
caa_value_allows(const char *value, size_t len, const char *issuer)
{
	const char *end = memchr(value, ';', len);

	if (end != NULL)
		len = (size_t)(end - value);
	while (len > 0 && (*value == ' ' || *value == '\t')) {
		value++;
		len--;
	}
	while (len > 0 && (value[len - 1] == ' ' || value[len - 1] == '\t'))
		len--;
	return caa_is_name(issuer, value, len);
}

bool
caa_allows(const struct dns_query *answer, const char *issuer)
{
	bool limited = false, allowed = false;

	for (size_t i = 0; answer->rc == RC_OK && i < answer->n; i++) {
		const char *rdata = answer->records[i].text;
		size_t len = answer->records[i].text_len;
		size_t tag = len < 2 ? 0 : (unsigned char)rdata[1];

		if (tag == 0 || tag + 2 > len)
			return false;
		if (tag == 5 && strncasecmp(rdata + 2, "issue", 5) == 0) {
			limited = true;
			allowed |= caa_value_allows(rdata + 2 + tag,
			    len - 2 - tag, issuer);
		} else if ((rdata[0] & CRITICAL) != 0 &&
			   strncasecmp(rdata + 2, "issue", 5) != 0 &&
			   strncasecmp(rdata + 2, "iodef", 5) != 0) {
			return false;
		}
	}
	return !limited || allowed;
}
