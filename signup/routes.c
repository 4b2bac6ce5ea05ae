/* SPDX-License-Identifier: MIT */
#include "routes.h"

#include "csrf.h"

#include <string.h>

/* clang-format off */
static const struct route table[] = {
    {"join", "/", join_show, join_ask, join_show, false},
    {"status", "/request/*", status_show, NULL, NULL, true},
    {"code", "/request/*/code", NULL, status_prove, status_show, false},
    {"resend", "/request/*/resend", NULL, status_resend, status_show, false},
    {"confirm", "/confirm", confirm_show, confirm_code, confirm_show, false},
    {"confirmed", "/confirm/done", confirm_done, NULL, NULL, false},
    {"member", "/member", member_show, NULL, NULL, true},
    {"member", "/member/said/*", member_show, NULL, NULL, true},
    {"member-code", "/member/code", member_show, member_code, member_code_again, true},
    {"sign-in", "/member/sign-in", member_show, member_sign_in, member_sign_in_again, true},
    {"sign-out", "/member/sign-out", NULL, member_sign_out, member_again, false},
    {"sign-out-all", "/member/sign-out-all", NULL, member_sign_out_all, member_again, false},
    {"add", "/member/add", member_show, member_add_mailbox, member_again, true},
    {"confirm-mailbox", "/member/confirm", member_show, member_confirm_mailbox, member_again, true},
    {"pause", "/member/pause", member_show, member_pause_mailbox, member_again, true},
    {"resume", "/member/resume", member_show, member_resume_mailbox, member_again, true},
    {"remove", "/member/remove", member_show, member_remove_mailbox, member_again, true},
    {"senders", "/member/senders", member_senders, NULL, NULL, true},
    {"senders", "/member/senders/said/*", member_senders, NULL, NULL, true},
    {"pass", "/member/pass", member_senders, member_pass_sender, member_again, true},
    {"block", "/member/block", member_senders, member_block_sender, member_again, true},
    {"forget", "/member/forget", member_senders, member_forget_sender, member_again, true},
    {"settings", "/member/settings", member_settings, NULL, NULL, true},
    {"settings", "/member/settings/said/*", member_settings, NULL, NULL, true},
    {"strategy", "/member/strategy", member_settings, member_strategy, member_again, true},
    {"digest", "/member/digest", member_settings, member_digest, member_again, true},
    {"checks", "/member/checks", member_settings, member_checks, member_again, true},
    {"leave", "/member/leave", member_leave, member_leave_ask, member_again, true},
    {"leave-code", "/member/leave/code", member_leave_code, member_leave_now, member_again, true},
    {"left", "/member/left", member_left, NULL, NULL, false},
    {"style", "/style.css", site_style, NULL, NULL, false},
    {"health", "/healthz", site_health, NULL, NULL, false},
};
/* clang-format on */

static bool
route_fits(struct arena *a, const char *pattern, const char *path,
    const char **id)
{
	size_t before = strcspn(pattern, "*"), len;

	*id = NULL;
	if (pattern[before] == '\0')
		return strcmp(pattern, path) == 0;
	if (strncmp(pattern, path, before) != 0)
		return false;
	len = strcspn(path + before, "/");
	if (strcmp(path + before + len, pattern + before + 1) != 0)
		return false;
	*id = arena_copy_bytes(a, path + before, len);
	return true;
}

const struct route *
routes_find(struct arena *a, const char *path, const char **id)
{
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (route_fits(a, table[i].path, path, id))
			return &table[i];
	*id = NULL;
	return NULL;
}

/* Everything that we answer is relative, as a proxy may show us below some
   path: one "../" for each "/" but the first. */
static const char *
root_of(struct arena *a, const char *path)
{
	const char *slash = strchr(path, '/');
	struct str root;

	str_init(&root, a);
	while (slash != NULL && (slash = strchr(slash + 1, '/')) != NULL)
		str_add(&root, "../");
	return root.len > 0 ? root.text : "./";
}

static const char *
allowed_methods(const struct route *route)
{
	if (route->get == NULL)
		return "POST";
	return route->post == NULL ? "GET, HEAD" : "GET, HEAD, POST";
}

static const char form_type[] = "application/x-www-form-urlencoded";

static bool
is_form_type(const char *type)
{
	size_t len = sizeof(form_type) - 1;

	return type != NULL && str_starts_fold(type, form_type) &&
	       (type[len] == '\0' || strchr("; \t", type[len]) != NULL);
}

static bool
refuse_visit(const struct visit *v, struct response *r, unsigned status,
    const char *result)
{
	static const struct {
		unsigned status;
		const char *heading, *sentence;
	} texts[] = {
	    {400, "That could not be read",
		"Your browser has sent something that this page does not "
		"understand."},
	    {403, "Not from here",
		"This form was sent by a page of another site. Nothing has "
		"been done."},
	    {404, "There is nothing here",
		"This page does not exist, or does not exist any more."},
	    {405, "Not that way", "This page cannot be used like that."},
	    {411, "That could not be read",
		"Your browser did not tell how much it is sending."},
	    {413, "Too much text",
		"What you have sent is longer than anything that is asked for "
		"here. Please send less."},
	    {415, "That could not be read",
		"Only forms can be sent here, as application/"
		"x-www-form-urlencoded: with curl, by --data-urlencode and "
		"not by -F."},
	    {429, "Too much at once",
		"There is too much from your network. Please try again in an "
		"hour."},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++)
		if (texts[i].status == status)
			page_message(v, r, status, texts[i].heading,
			    texts[i].sentence);
	r->result = result;
	return false;
}

bool
routes_admit(const struct route *route, struct visit *v, struct response *r)
{
	bool post = strcmp(v->method, "POST") == 0;
	bool get = !post && (strcmp(v->method, "GET") == 0 ||
				strcmp(v->method, "HEAD") == 0);

	v->root = root_of(v->arena, v->path);
	if (route == NULL)
		return refuse_visit(v, r, 404, "no-page");
	if (!(post && route->post != NULL) && !(get && route->get != NULL)) {
		r->allow = allowed_methods(route);
		return refuse_visit(v, r, 405, "no-method");
	}
	if (get)
		/* A body that nobody reads would be taken for the next
		   request. */
		return v->length == 0 || refuse_visit(v, r, 400, "body");
	if (!is_form_type(v->content_type)) {
		r->accept = form_type;
		return refuse_visit(v, r, 415, "type");
	}
	if (v->length < 0)
		return refuse_visit(v, r, 411, "length");
	if (v->length > FORM_BYTES_MAX)
		return refuse_visit(v, r, 413, "size");
	return true;
}

/* In tenths of a form that is sent: what it costs, whatever comes of it. */
static unsigned
cost_of(const struct route *route, const char *method)
{
	if (strcmp(method, "POST") == 0)
		return ROUTES_POST_COST;
	return route != NULL && route->asks ? 1 : 0;
}

bool
routes_afford(const struct route *route, struct throttle *throttle,
    struct visit *v)
{
	unsigned cost = cost_of(route, v->method);
	bool first = false;

	if (cost == 0)
		return true;
	v->flood = (unsigned)throttle_take(throttle, v->client, v->now, cost,
	    v->snapshot->settings->signup.posts * ROUTES_POST_COST, &first);
	return v->flood == 0 || first;
}

/* Without the store: a page that needs it is not shown. */
static void
refuse_flood(const struct route *route, struct visit *v, struct response *r)
{
	r->retry_after = v->flood;
	if (strcmp(v->method, "POST") != 0 || route->again == NULL ||
	    route->again == status_show)
		refuse_visit(v, r, 429, "flood");
	else
		route->again(v, r);
	r->result = "flood";
}

/* The visitor's token, or a new one, whose cookie goes with the answer. */
static const char *
csrf_token_of(struct visit *v, struct response *r)
{
	bool secure = str_starts(v->snapshot->settings->signup.url, "https://");
	const char *cookie = csrf_cookie(v->arena, v->cookie, secure);

	if (cookie != NULL) {
		v->csrf = cookie;
		return cookie;
	}
	if (csrf_make(v->arena, &v->csrf, &r->trouble) == RC_OK)
		r->set_cookie = csrf_set_cookie(v->arena, v->csrf, secure);
	else
		v->csrf = "";
	return NULL;
}

static void
answer_post(const struct route *route, struct visit *v, struct response *r)
{
	const struct csrf_origin from = {
	    .origin = v->origin,
	    .fetch_site = v->fetch_site,
	    .host = v->host,
	    .url = v->snapshot->settings->signup.url,
	};
	const char *cookie;

	if (csrf_is_foreign(&from)) {
		refuse_visit(v, r, 403, "foreign");
		return;
	}
	if (form_read(v->arena, v->body, v->body_len, &v->form, NULL) !=
	    RC_OK) {
		refuse_visit(v, r, 400, "form");
		return;
	}
	cookie = csrf_token_of(v, r);
	if (v->flood > 0) {
		refuse_flood(route, v, r);
		return;
	}
	if (csrf_fits(cookie, form_text(&v->form, "csrf"))) {
		route->post(v, r);
		return;
	}
	v->stale = true;
	route->again(v, r);
	r->result = "cookie";
}

void
routes_answer(const struct route *route, struct visit *v, struct response *r)
{
	if (strcmp(v->method, "POST") == 0) {
		answer_post(route, v, r);
		return;
	}
	/* What is the same for everybody may be kept by anybody. */
	if (route->get != site_style && route->get != site_health)
		csrf_token_of(v, r);
	if (v->flood > 0)
		refuse_flood(route, v, r);
	else
		route->get(v, r);
}
