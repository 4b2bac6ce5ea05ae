/* SPDX-License-Identifier: MIT */
/*
 * directory_stream - the bytes to and from one server of the directory, in
 * clear or in TLS, each call with one end for all of it.  Seen by lib/directory
 * only.
 *
 * The library of LDAP reads and writes through it, and opens nothing itself: so
 * its own time-outs, which start anew with each byte, and its own TLS, which
 * another library and ldap.conf(5) decide about, have no part in this.
 */
#pragma once

#include "base/err.h"
#include "directory/directory_text.h"

#include <openssl/ssl.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct directory_stream {
	int fd; /* -1: it is closed */
	SSL *ssl;
	const struct directory_server *server;
	int64_t end;   /* of clock_us: nothing is waited for any longer */
	size_t may;    /* bytes of answers that may still come */
	bool late;     /* the end has come */
	bool too_long; /* more has come than may */
	char why[200]; /* what was wrong with a certificate; "": nothing */
};

/* Connects, to one address of the server after the other.  The caller has set
   server, end and may, and fd to -1.  RC_TEMP: it cannot. */
enum rc directory_stream_open(struct directory_stream *s, struct err *err);

/* From here on, all bytes go through TLS.  RC_TEMP: it is refused, or the
   server is not the one that was meant. */
enum rc directory_stream_secure(struct directory_stream *s, SSL_CTX *tls,
    struct err *err);
void directory_stream_close(struct directory_stream *s);

/* As read(2) and write(2) on a socket that blocks, until the end. */
ssize_t directory_stream_read(struct directory_stream *s, void *buf,
    size_t len);
ssize_t directory_stream_write(struct directory_stream *s, const void *buf,
    size_t len);

/* True: a part of an answer has been read from the socket already. */
bool directory_stream_holds(const struct directory_stream *s);
/* True: something has come that nobody has asked for, or the end of the
   connection. */
bool directory_stream_stirs(const struct directory_stream *s);

/* How servers are known in TLS.  ca: a file of certificates; NULL: any server
   will do. RC_TEMP: the file cannot be read. */
enum rc directory_tls_open(const char *ca, SSL_CTX **out, struct err *err);
/* Before the handshake: whom the certificate must be for. */
void directory_tls_expect(struct directory_stream *s);
/* Why the handshake has failed, in words. */
enum rc directory_tls_failed(struct directory_stream *s, struct err *err);
