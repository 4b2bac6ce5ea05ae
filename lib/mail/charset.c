/* SPDX-License-Identifier: MIT */
/*
 * A table, and no name from outside ever reaches iconv_open(3): which would
 * take "//TRANSLIT", the locale's own for "", and tables that nobody looks
 * after.  Not in it: what some programs read and others do not (utf-7,
 * iso-2022-kr, hz-gb-2312), and what is no text in mail (utf-16).
 */
#include "mail/private/charset.h"

#include <iconv.h>
#include <string.h>

static const struct {
	const char *name, *codec;
} charsets[] = {
    // clang-format off
    {"utf-8", "UTF-8"}, {"utf8", "UTF-8"},
    {"us-ascii", "ANSI_X3.4-1968"}, {"ascii", "ANSI_X3.4-1968"},
    {"iso-8859-1", "CP1252"}, {"latin1", "CP1252"}, {"cp1252", "CP1252"},
    {"windows-1252", "CP1252"},
    {"iso-8859-2", "ISO-8859-2"}, {"iso-8859-3", "ISO-8859-3"},
    {"iso-8859-4", "ISO-8859-4"}, {"iso-8859-5", "ISO-8859-5"},
    {"iso-8859-6", "ISO-8859-6"}, {"iso-8859-6-i", "ISO-8859-6"},
    {"iso-8859-7", "ISO-8859-7"}, {"iso-8859-8", "ISO-8859-8"},
    {"iso-8859-8-i", "ISO-8859-8"}, {"iso-8859-9", "CP1254"},
    {"iso-8859-10", "ISO-8859-10"}, {"iso-8859-11", "CP874"},
    {"iso-8859-13", "ISO-8859-13"}, {"iso-8859-14", "ISO-8859-14"},
    {"iso-8859-15", "ISO-8859-15"}, {"iso-8859-16", "ISO-8859-16"},
    {"windows-874", "CP874"}, {"tis-620", "CP874"},
    {"windows-1250", "CP1250"}, {"cp1250", "CP1250"},
    {"windows-1251", "CP1251"}, {"cp1251", "CP1251"},
    {"windows-1253", "CP1253"}, {"windows-1254", "CP1254"},
    {"windows-1255", "CP1255"}, {"windows-1256", "CP1256"},
    {"windows-1257", "CP1257"}, {"windows-1258", "CP1258"},
    {"koi8-r", "KOI8-R"}, {"koi8-u", "KOI8-U"},
    {"ibm866", "CP866"}, {"cp866", "CP866"}, {"macintosh", "MACINTOSH"},
    {"gb2312", "GB18030"}, {"gbk", "GB18030"}, {"gb18030", "GB18030"},
    {"cp936", "GB18030"}, {"big5", "BIG5-HKSCS"},
    {"big5-hkscs", "BIG5-HKSCS"},
    {"euc-kr", "UHC"}, {"ks_c_5601-1987", "UHC"}, {"cp949", "UHC"},
    {"euc-jp", "EUC-JP-MS"}, {"iso-2022-jp", "ISO-2022-JP"},
    {"shift_jis", "CP932"}, {"shift-jis", "CP932"}, {"x-sjis", "CP932"},
    {"windows-31j", "CP932"}, {"cp932", "CP932"}, // clang-format on
};

static const char *
charset_codec(const char *name)
{
	for (size_t i = 0; i < sizeof(charsets) / sizeof(*charsets); i++)
		if (strcmp(name, charsets[i].name) == 0)
			return charsets[i].codec;
	return NULL;
}

bool
charset_is_utf8(const char *charset)
{
	const char *codec = charset_codec(charset);

	return codec != NULL && strcmp(codec, "UTF-8") == 0;
}

bool
charset_is_utf8_text(const char *bytes, size_t len)
{
	for (size_t i = 0, size; i < len; i += size) {
		size = str_utf8(bytes + i, len - i);
		if (size == 0)
			return false;
	}
	return true;
}

/* So many bytes of UTF-8 one byte may become: in big5-hkscs two become two
   characters of two bytes, and elsewhere one becomes three. */
#define GROWTH   4
#define TEXT_END 16 /* and what was kept back for the character after it */

static bool
charset_convert(struct str *out, iconv_t codec, const char *bytes, size_t len)
{
	char *from = arena_copy_bytes(out->arena, bytes, len);
	size_t room = len * GROWTH + TEXT_END, left = room;
	char *text = arena_take(out->arena, room), *to = text;
	const size_t failed = (size_t)-1;

	if (iconv(codec, &from, &len, &to, &left) == failed ||
	    iconv(codec, NULL, NULL, &to, &left) == failed)
		return false;
	str_add_bytes(out, text, room - left);
	return true;
}

bool
charset_read(struct str *out, const char *charset, const char *bytes,
    size_t len)
{
	const char *name = charset_codec(charset);
	iconv_t codec;
	bool well;

	if (name == NULL)
		return false;
	if (charset_is_utf8(charset)) {
		well = charset_is_utf8_text(bytes, len);
		if (well)
			str_add_bytes(out, bytes, len);
		return well;
	}
	codec = iconv_open("UTF-8", name);
	if (codec == (iconv_t)-1) /* where its tables are not installed */
		return false;
	well = charset_convert(out, codec, bytes, len);
	iconv_close(codec);
	return well;
}
