/* SPDX-License-Identifier: MIT */
/*
 * smtp - hands a message to the MTA, on libcurl.
 *
 * The connection is kept from mail to mail.
 */
#pragma once

#include "program/settings.h"
#include "smtp_dialog.h"

struct smtp;

/* Optional: is the program to stop, though an answer may take patience_ms more?
   Then a message is left that the MTA has not got as a whole within 15 seconds.
   If it has, its answer is waited for: without that the message would be sent
   once more. */
typedef bool smtp_is_to_stop(int64_t patience_ms);

/* Before any other thread and before anything else that uses OpenSSL. */
enum rc smtp_open(smtp_is_to_stop *is_to_stop, struct smtp **out,
    struct err *err);
void smtp_close(struct smtp *smtp);

/* Ends the connection, when nothing is to be sent for a while, and before other
   settings are used. */
void smtp_hang_up(struct smtp *smtp);

struct smtp_message {
	const char *helo;
	const char *sender, *recipient; /* as address_text gives them */
	const char *text;               /* as compose gives it */
	size_t len;
};

/* The answer is in the arena. */
void smtp_send(struct smtp *smtp, const struct mailer_settings *settings,
    struct arena *a, const struct smtp_message *message,
    struct smtp_answer *out);
