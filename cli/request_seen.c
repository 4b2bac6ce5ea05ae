/* SPDX-License-Identifier: MIT */
#include "request_seen.h"

#include "output.h"

enum rc
request_see(struct db *db, struct arena *a,
    const struct keyed_secrets *approvals, struct request_seen *seen,
    struct err *err)
{
	const struct registration *r = &seen->request;
	const char *about = arena_printf(a, "request:%s", r->id);
	enum rc rc =
	    outbox_list(db, a, about, &seen->mails, &seen->n_mails, err);

	if (rc == RC_OK)
		rc = provision_by_request(db, a, r->id, &seen->provision, err);
	if (rc != RC_OK && rc != RC_NONE)
		return rc;
	if (rc == RC_NONE)
		seen->provision = (struct provision){0};
	seen->approval = approval_of(a, approvals, r);
	/* What was accepted once may be refused by a later version. */
	if (r->pubkey != NULL &&
	    ssh_key_read(a, r->pubkey, &seen->key, NULL) != RC_OK)
		seen->key = (struct ssh_key){.type = "unknown"};
	return RC_OK;
}

const struct outbox_mail *
request_last_mail(const struct request_seen *seen)
{
	return seen->n_mails > 0 ? &seen->mails[seen->n_mails - 1] : NULL;
}

const char *
request_mail_word(const struct outbox_mail *mail)
{
	if (mail == NULL)
		return NULL;
	return mail->state == OUTBOX_NEW ? "waiting"
					 : outbox_state_name(mail->state);
}

bool
request_mail_is_bad(const struct outbox_mail *mail)
{
	return mail != NULL &&
	       (mail->state == OUTBOX_FAILED || mail->state == OUTBOX_BOUNCED);
}

const char *
request_provision_word(const struct provision *p)
{
	if (p->request == NULL)
		return NULL;
	if (p->done != 0)
		return p->error != NULL ? "forged" : "done";
	return p->error != NULL ? "failing" : "waiting";
}

const char *
request_approval_word(const struct request_seen *seen)
{
	static const char *const words[] = {
	    [APPROVAL_NONE] = NULL,
	    [APPROVAL_SIGNED] = "signed",
	    [APPROVAL_MISSING] = "unsigned",
	    [APPROVAL_FORGED] = "forged",
	    [APPROVAL_UNKNOWN] = "unknown",
	};

	return words[seen->approval];
}

static cJSON *
key_json(const struct ssh_key *key)
{
	cJSON *json;

	if (key->type == NULL)
		return cJSON_CreateNull();
	json = cJSON_CreateObject();
	output_member(json, "type", key->type);
	cJSON_AddNumberToObject(json, "bits", key->bits);
	output_member(json, "fingerprint", key->fingerprint);
	output_member(json, "line", key->line);
	return json;
}

static cJSON *
mail_json(struct arena *a, const struct outbox_mail *mail)
{
	cJSON *json = cJSON_CreateObject();

	output_member(json, "id", mail->id);
	output_member(json, "template", mail->template);
	output_member(json, "recipient", mail->recipient);
	output_member(json, "state", request_mail_word(mail));
	cJSON_AddNumberToObject(json, "attempts", (double)mail->attempts);
	output_member(json, "created", output_time(a, mail->created));
	output_member(json, "sent", output_time(a, mail->sent));
	output_member(json, "queue_id", mail->queue_id);
	output_member(json, "error", mail->error);
	return json;
}

static cJSON *
provision_json(struct arena *a, const struct provision *p)
{
	cJSON *json;

	if (p->request == NULL)
		return cJSON_CreateNull();
	json = cJSON_CreateObject();
	output_member(json, "state", request_provision_word(p));
	cJSON_AddNumberToObject(json, "attempts", (double)p->attempts);
	output_member(json, "next_try",
	    p->done != 0 ? NULL : output_time(a, p->next_try));
	output_member(json, "done", output_time(a, p->done));
	output_member(json, "error", p->error);
	return json;
}

cJSON *
request_json(struct arena *a, const struct request_seen *seen)
{
	const struct registration *r = &seen->request;
	cJSON *json = cJSON_CreateObject(), *mails;

	output_member(json, "id", r->id);
	output_member(json, "userid", r->userid);
	output_member(json, "address", r->address);
	output_member(json, "mailbox", r->email);
	output_member(json, "state", registration_state_name(r->state));
	cJSON_AddBoolToObject(json, "is_proven", r->proven != 0);
	cJSON_AddItemToObject(json, "key", key_json(&seen->key));
	output_member(json, "note", r->note);
	output_member(json, "reason", r->reason);
	output_member(json, "asked", output_time(a, r->created));
	output_member(json, "proven", output_time(a, r->proven));
	output_member(json, "decided", output_time(a, r->decided));
	output_member(json, "approval", request_approval_word(seen));
	cJSON_AddItemToObject(json, "provision",
	    provision_json(a, &seen->provision));
	mails = cJSON_AddArrayToObject(json, "mails");
	for (size_t i = 0; i < seen->n_mails; i++)
		cJSON_AddItemToArray(mails, mail_json(a, &seen->mails[i]));
	return json;
}
