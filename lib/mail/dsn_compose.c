/* SPDX-License-Identifier: MIT */
#include "mail/dsn.h"

#include "base/str.h"

#include <string.h>

#define BOUNDARY "=_postward_report"

/* RFC 3463 3, the classes that tell something. */
static const struct {
	const char *code, *words;
} meanings[] = {
    {".1.1", "there is no such mailbox"},
    {".1.2", "the mail system does not exist"},
    {".1.10", "the address takes no mail"},
    {".2.1", "the mailbox does not take mail at the moment"},
    {".2.2", "the mailbox is full"},
    {".2.3", "the message is too long for the mailbox"},
    {".3.4", "the message is too long for the mail system"},
    {".4.1", "the mail system does not answer"},
    {".4.4", "the way to the mail system is not known"},
    {".4.6", "the message runs in a loop"},
    {".4.7", "it took too long"},
    {".7.1", "the mail system refuses the message"},
    {".7.26", "the message is not authenticated"},
    {".1.", "the address is not good"},
    {".2.", "the mailbox has a problem"},
    {".3.", "the mail system has a problem"},
    {".4.", "the network has a problem"},
    {".6.", "the mail system does not take such content"},
    {".7.", "the mail system refuses the message by its policy"},
};

const char *
dsn_status_words(const char *status)
{
	const char *rest = status + strcspn(status, ".");

	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++) {
		const char *code = meanings[i].code;
		size_t len = strlen(code);

		if (strcmp(rest, code) == 0 ||
		    (code[len - 1] == '.' && strncmp(rest, code, len) == 0))
			return meanings[i].words;
	}
	return "the mail system gives no reason that is known here";
}

static const char *
event_of(const char *action)
{
	static const struct {
		const char *action, *words;
	} events[] = {
	    {"failed", "could not be delivered"},
	    {"delayed", "has not been delivered yet; it is tried again"},
	    {"delivered", "has been delivered"},
	    {"relayed", "has been passed on"},
	    {"expanded", "has been passed on"},
	};

	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++)
		if (strcmp(action, events[i].action) == 0)
			return events[i].words;
	return "had a problem";
}

const char *
dsn_compose(struct arena *a, const struct dsn_about *about,
    const char *hostname, const char **content_type)
{
	const char *action = about->action != NULL ? about->action : "failed";
	const char *status = about->status != NULL            ? about->status
			     : strcmp(action, "failed") == 0  ? "5.0.0"
			     : strcmp(action, "delayed") == 0 ? "4.0.0"
							      : "2.0.0";
	struct str s;

	*content_type = "multipart/report; report-type=delivery-status;\n"
			"\tboundary=\"" BOUNDARY "\"";
	str_init(&s, a);
	str_addf(&s,
	    "--" BOUNDARY "\r\nContent-Type: text/plain; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: 8bit\r\n\r\n"
	    "This is the mail system at host %s.\r\n\r\n"
	    "Your message%s%s%s %s.\r\n\r\n"
	    "%s: %s.\r\n\r\n"
	    "The address leads to a mailbox elsewhere, which its owner does "
	    "not tell.  That is\r\nwhy the words of the mail system there "
	    "are not shown.\r\n\r\n",
	    hostname, about->account == NULL ? "" : " to <",
	    about->account == NULL ? "" : about->account,
	    about->account == NULL ? "" : ">", event_of(action), status,
	    dsn_status_words(status));
	str_addf(&s,
	    "--" BOUNDARY "\r\nContent-Type: message/delivery-status\r\n\r\n"
	    "Reporting-MTA: dns; %s\r\n\r\n",
	    hostname);
	str_addf(&s,
	    "Final-Recipient: rfc822; %s\r\nAction: %s\r\nStatus: %s\r\n\r\n"
	    "--" BOUNDARY "--\r\n",
	    about->account == NULL ? "unknown" : about->account, action,
	    status);
	return s.text;
}
