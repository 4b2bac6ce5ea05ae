/* SPDX-License-Identifier: MIT */
#include "http_answer.h"

static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (value != NULL)
		MHD_add_response_header(response, name, value);
}

/* Nothing but our own style sheet, no frame around us, no word to others. */
static void
add_fixed(struct MHD_Response *response)
{
	static const struct {
		const char *name, *value;
	} fields[] = {
	    {"Content-Security-Policy",
		"default-src 'none'; style-src 'self'; form-action 'self'; "
		"frame-ancestors 'none'; base-uri 'none'"},
	    {"X-Content-Type-Options", "nosniff"},
	    {"Referrer-Policy", "no-referrer"},
	    {"Cross-Origin-Opener-Policy", "same-origin"},
	    {"Cross-Origin-Resource-Policy", "same-origin"},
	};

	for (size_t i = 0; i < sizeof(fields) / sizeof(*fields); i++)
		add_header(response, fields[i].name, fields[i].value);
}

enum MHD_Result
http_answer(struct MHD_Connection *connection, const struct visit *v,
    const struct response *r, bool close)
{
	static char nothing[1];
	struct MHD_Response *response =
	    MHD_create_response_from_buffer(r->body.len,
		r->body.text != NULL ? r->body.text : nothing,
		MHD_RESPMEM_MUST_COPY);
	enum MHD_Result done;

	if (response == NULL)
		return MHD_NO;
	add_fixed(response);
	add_header(response, "Cache-Control",
	    r->cacheable ? "public, max-age=86400" : "no-store");
	if (str_starts(v->snapshot->settings->signup.url, "https://"))
		add_header(response, "Strict-Transport-Security",
		    "max-age=31536000");
	add_header(response, "Content-Type", r->type);
	add_header(response, "Location", r->location);
	add_header(response, "Set-Cookie", r->set_cookie);
	add_header(response, "Set-Cookie", r->set_session);
	add_header(response, "Allow", r->allow);
	add_header(response, "Accept", r->accept); /* RFC 9110 15.5.16 */
	if (r->retry_after > 0)
		add_header(response, "Retry-After",
		    arena_printf(v->arena, "%u", r->retry_after));
	if (close)
		add_header(response, "Connection", "close");
	done = MHD_queue_response(connection, r->status, response);
	MHD_destroy_response(response);
	return done;
}
