/* SPDX-License-Identifier: MIT */
#include "routes.h"
#include "style_css.h"

void
site_style(struct visit *v, struct response *r)
{
	r->status = 200;
	r->type = "text/css; charset=utf-8";
	r->cacheable = true;
	str_init(&r->body, v->arena);
	str_add(&r->body, style_css);
}

void
site_health(struct visit *v, struct response *r)
{
	struct registration request;
	enum rc rc = registration_find(v->snapshot->store, v->arena, "healthz",
	    &request, &r->trouble);

	r->status = rc == RC_TEMP ? 503 : 200;
	r->type = "text/plain; charset=utf-8";
	str_init(&r->body, v->arena);
	str_add(&r->body,
	    rc == RC_TEMP ? "the store does not answer\n" : "ok\n");
	if (rc != RC_TEMP)
		r->trouble.text[0] = '\0';
}
