/* SPDX-License-Identifier: MIT */
#include "members/ssh_key.h"

#include "check.h"
#include "members/ssh_keys.h"

#define COMMENT " ann@laptop"

/* Bits and fingerprints as ssh-keygen -l tells them. */
static void
reads_keys(void **state)
{
	static const struct {
		const char *type, *base64;
		unsigned bits;
		const char *fingerprint;
	} rows[] = {
	    {"ssh-ed25519", ED25519, 256,
		"SHA256:61cPisH0z+GQU2D79Dzjo42fanX0truBBmGPqHbCHCY"},
	    {"ecdsa-sha2-nistp256", EC256, 256,
		"SHA256:yHQk9kLqIfUGeDMkoU/UGrk7i2ZxzcZL7cMEgTIP1Xg"},
	    {"ecdsa-sha2-nistp384", EC384, 384,
		"SHA256:qGtY/U3wCED0GDHOkYetvepF7Rmd2MxqxQUFHbZ51Wo"},
	    {"ecdsa-sha2-nistp521", EC521, 521,
		"SHA256:3cW0oHbCeqqVegb0ecWAAFqEjHs5kLL0Cf6SxgT3l1A"},
	    {"ssh-rsa", RSA2048, 2048,
		"SHA256:YrvnRNBqU7/7t3D6CD90iLrz9BW8DIB5gHHRAJS3TSQ"},
	    {"sk-ssh-ed25519@openssh.com", SK_ED25519, 256,
		"SHA256:HiI1MByCxyu9v4i9a0TdxCSc3rqaoWFRTiduKJnQm2I"},
	    {"sk-ecdsa-sha2-nistp256@openssh.com", SK_EC256, 256,
		"SHA256:+TqJncHjGP+U64tvFxeg17bgpa80biQhueiReDzBH3k"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		const char *line =
		    arena_printf(a, "%s %s", rows[i].type, rows[i].base64);
		struct err err = {""};
		struct ssh_key key;

		CHECK(ssh_key_read(a, line, &key, &err) == RC_OK, err.text);
		CHECK_STR(key.type, rows[i].type, line);
		CHECK(key.bits == rows[i].bits, line);
		CHECK_STR(key.fingerprint, rows[i].fingerprint, line);
		CHECK_STR(key.line, line, line);
	}
	arena_free(a);
}

static void
writes_one_line(void **state)
{
	static const struct {
		const char *text, *comment;
	} rows[] = {
	    {"ssh-ed25519 " ED25519 COMMENT "\n", COMMENT},
	    {"  ssh-ed25519   " ED25519 "   ann  at home  ", " ann  at home"},
	    {"ssh-ed25519 " ED25519 " \r\n", ""},
	    {"\tssh-ed\r\n25519 AAAAC3NzaC1\nlZDI1NTE5AAAAIBXXlQ4wpCtnoNfz0fqp"
	     "2pg5gbe9Q1czEg27\n9LJRgLn1\r\n",
		""},
	    {"ssh-ed25519 " ED25519 " a\r\nBcc: x\t\n", " aBcc: x"},
	    {"ssh-ed25519\t" ED25519 "\tann@laptop\t\r\n", " ann@laptop"},
	    {"# my key\r\n  # of home\r\n\r\nssh-ed25519 " ED25519 "\r\n", ""},
	    {"\xef\xbb\xbfssh-ed25519 " ED25519 "\xc2\xa0\n", ""},
	    {"ssh-ed25519 " ED25519 " \xc3\xa4nn", " \xc3\xa4nn"},
	    {"ssh-ed25519 " ED25519 " my ssh-rsa key", " my ssh-rsa key"},
	    {"ssh-ed25519 " ED25519 " a\n#ssh-rsa " RSA2048 "\n", " a"},
	    {"ssh-ed25519 " ED25519 " my PRIVATE KEY", " my PRIVATE KEY"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {""};
		struct ssh_key key;

		CHECK(ssh_key_read(a, rows[i].text, &key, &err) == RC_OK,
		    err.text);
		CHECK_STR(key.line,
		    arena_printf(a, "ssh-ed25519 " ED25519 "%s",
			rows[i].comment),
		    rows[i].text);
	}
	arena_free(a);
}

static void
refuses_with_the_reason(void **state)
{
	static const struct {
		const char *name, *text, *why;
	} rows[] = {
	    {"nothing", "", "no public key"},
	    {"blanks", " \n ", "no public key"},
	    {"text", "my key", "no public key"},
	    {"another type", "ssh-ed448 AAAA", "no public key"},
	    {"type alone", "ssh-ed25519", "damaged"},
	    {"base64 alone", ED25519, "no public key"},
	    {"private", "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnN\n",
		"a private key"},
	    {"private, older", "-----BEGIN RSA PRIVATE KEY-----\nMIIE\n",
		"a private key"},
	    {"private, PuTTY",
		"PuTTY-User-Key-File-3: ssh-ed25519\nPrivate-Lines: 1\n",
		"a private key"},
	    {"RFC 4716", "---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n",
		"ssh-keygen -i"},
	    {"PEM", "-----BEGIN PUBLIC KEY-----\nMIIB\n", "ssh-keygen -i"},
	    {"certificate", "ssh-ed25519-cert-v01@openssh.com AAAA",
		"a certificate"},
	    {"options", "command=\"id\" ssh-ed25519 " ED25519, "no options"},
	    {"option", "restrict ssh-ed25519 " ED25519, "no options"},
	    {"file name", "id.pub: ssh-ed25519 " ED25519, "no options"},
	    {"two keys", "ssh-ed25519 " ED25519 " a\nssh-rsa " RSA2048,
		"several keys"},
	    {"two keys without comments",
		"ssh-ed25519 " ED25519 "\r\nssh-ed25519 " ED25519 "\r\n",
		"several keys"},
	    {"two keys, tabs",
		"ssh-ed25519\t" ED25519 "\ta\nssh-rsa\t\t" RSA2048,
		"several keys"},
	    {"two keys, the second with options",
		"ssh-ed25519 " ED25519 " a\nno-pty ssh-rsa " RSA2048,
		"several keys"},
	    {"a key and its certificate",
		"ssh-ed25519 " ED25519
		" a\nssh-ed25519-cert-v01@openssh.com AAAAIHNzaC1l b",
		"several keys"},
	    {"two on one line",
		"ssh-ed25519 " ED25519 " my ssh-rsa key ssh-rsa " RSA2048,
		"several keys"},
	    {"both halves",
		"ssh-ed25519 " ED25519 " a\n-----BEGIN OPENSSH PRIVATE "
		"KEY-----\nb3BlbnN\n-----END OPENSSH PRIVATE KEY-----\n",
		"a private key"},
	    {"escape", "ssh-ed25519 " ED25519 " a\033[2J", "no text"},
	    {"C1", "ssh-ed25519 " ED25519 " a\xc2\x9b.", "no text"},
	    {"no UTF-8", "ssh-ed25519 " ED25519 " \xff", "no text"},
	    {"DSA", "ssh-dss " DSA, "DSA keys are too weak"},
	    {"RSA 1024", "ssh-rsa " RSA1024, "has 1024 bits"},
	    {"RSA 2047", "ssh-rsa " RSA2047, "has 2047 bits"},
	    {"wrong type", "ssh-rsa " ED25519, "damaged"},
	    {"wrong curve", "ecdsa-sha2-nistp384 " EC256, "damaged"},
	    {"no padding", "ssh-ed25519 AAAA=", "damaged"},
	    {"a blank inside", "ssh-ed25519 AAAAC3NzaC1 lZDI1NTE5", "damaged"},
	    {"base64url", "ssh-ed25519 AAAA-_AA", "damaged"},
	    {"empty", "ssh-ed25519 ====", "damaged"},
	    {"a field more", "ssh-ed25519 " ED_MORE, "damaged"},
	    {"a field less", "ssh-ed25519 " ED_LESS, "damaged"},
	    {"a byte less", "ssh-ed25519 " ED_SHORT, "damaged"},
	    {"cut", "ssh-ed25519 " ED_TRUNCATED, "damaged"},
	    {"huge length", "ssh-ed25519 " ED_HUGE, "damaged"},
	    {"off the curve", "ecdsa-sha2-nistp256 " EC_OFF, "damaged"},
	    {"another curve", "ecdsa-sha2-nistp256 " EC_CURVE, "damaged"},
	    {"compressed", "ecdsa-sha2-nistp256 " EC_COMPRESSED, "damaged"},
	    {"infinity", "ecdsa-sha2-nistp256 " EC_INFINITY, "damaged"},
	    {"even modulus", "ssh-rsa " RSA_EVEN, "damaged"},
	    {"exponent 1", "ssh-rsa " RSA_ONE, "damaged"},
	    {"below zero", "ssh-rsa " RSA_BELOW, "damaged"},
	    {"no modulus", "ssh-rsa " RSA_NONE, "damaged"},
	    {"no application", "sk-ssh-ed25519@openssh.com " SK_LESS,
		"damaged"},
	};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < COUNT(rows); i++) {
		struct err err = {""};
		struct ssh_key key;

		CHECK(ssh_key_read(a, rows[i].text, &key, &err) == RC_PERM,
		    rows[i].name);
		if (strstr(err.text, rows[i].why) == NULL)
			fail_msg("%s: \"%s\"", rows[i].name, err.text);
	}
	arena_free(a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_keys),
	    cmocka_unit_test(writes_one_line),
	    cmocka_unit_test(refuses_with_the_reason),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
