/* SPDX-License-Identifier: MIT */
/*
 * dsn_samples - notifications as mail servers of many kinds write them, in
 * words of our own.  ann@mailbox.example is the target.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct dsn_sample {
	const char *name;
	const char *type, *encoding;
	bool failed_recipients;
	const char *body;
	const char *want; /* dsn_failure; NULL: no failure */
};

#define RETURNED                                                               \
	"Return-Path: <SRS0=x@remotes.club>\r\n"                               \
	"Delivered-To: ann@remotes.club\r\nSubject: lunch\r\n\r\nAt one?\r\n"

static const struct dsn_sample dsn_samples[] = {
    {"Postfix",
	"multipart/report; report-type=delivery-status;\r\n"
	"\tboundary=\"4A5.17/mx.mailbox.example\"",
	NULL, false,
	"This is a MIME-encapsulated message.\r\n\r\n"
	"--4A5.17/mx.mailbox.example\r\nContent-Description: Notification\r\n"
	"Content-Type: text/plain; charset=us-ascii\r\n\r\n"
	"This is the mail system at host mx.mailbox.example.\r\n\r\n"
	"<ann@mailbox.example>: unknown user\r\n\r\n"
	"--4A5.17/mx.mailbox.example\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx.mailbox.example\r\n\r\n"
	"Final-Recipient: rfc822; ann@mailbox.example\r\n"
	"Original-Recipient: rfc822;ann@remotes.club\r\n"
	"Action: failed\r\nStatus: 5.1.1\r\n"
	"Diagnostic-Code: X-Postfix; unknown user: \"ann\"\r\n\r\n"
	"--4A5.17/mx.mailbox.example\r\n"
	"Content-Type: message/rfc822\r\n\r\n" RETURNED
	"--4A5.17/mx.mailbox.example--\r\n",
	"5.1.1 X-Postfix; unknown user: \"ann\""},
    {"a gateway, blank before the colon", "multipart/report; boundary=b", NULL,
	false,
	"--b\r\nContent-Type: text/plain\r\n\r\nNo.\r\n--b\r\n"
	"Content-Type : message/delivery-status\r\n\r\n"
	"Reporting-MTA : dns; gate.example\r\n\r\n"
	"Final-Recipient : rfc822; ann@mailbox.example\r\n"
	"Action : failed\r\nStatus : 5.4.14\r\n"
	"Diagnostic-Code :smtp; 554 hop count\r\n--b--\r\n",
	"5.4.14 smtp; 554 hop count"},
    {"base64", "multipart/report; boundary=b", NULL, false,
	"--b\r\nContent-Type: message/global-delivery-status\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\n"
	"UmVwb3J0aW5nLU1UQTogZG5zOyBhCgpBY3Rpb246IGZhaWxlZApT\r\n"
	"dGF0dXM6IDUuMS4xMAo=\r\n--b--\r\n",
	"5.1.10"},
    {"quoted-printable", "multipart/report; boundary=b", NULL, false,
	"--b\r\nContent-Type: message/delivery-status\r\n"
	"Content-Transfer-Encoding: Quoted-Printable\r\n\r\n"
	"Reporting-MTA: dns; a\r\n\r\nAction: fai=\r\nled\r\n"
	"Status: 5.=32.2\r\n--b--\r\n",
	"5.2.2"},
    {"OpenSMTPD", "multipart/mixed; boundary=\"77/mx\"", NULL, false,
	"This is a MIME-encapsulated message.\r\n\r\n--77/mx\r\n"
	"Content-Type: text/plain\r\n\r\n    Hi!\r\n\r\n"
	"    This is the mailer daemon.\r\n\r\n"
	"ann@mailbox.example: 550 Invalid recipient\r\n\r\n--77/mx\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx\r\n\r\n"
	"Final-Recipient: rfc822; ann@mailbox.example\r\n"
	"Action: failed\r\nStatus: 5.0.0\r\n\r\n--77/mx\r\n"
	"Content-Type: text/rfc822-headers\r\n\r\n" RETURNED "--77/mx--\r\n",
	"5.0.0 Hi!"},
    {"a report in a mixed one", "multipart/mixed; boundary=out", NULL, false,
	"--out\r\nContent-Type: multipart/report; boundary=outer\r\n\r\n"
	"--outer\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n--outer\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; a\r\n\r\nAction: failed\r\nStatus: 5.7.1\r\n"
	"--outer--\r\n--out\r\nContent-Type: text/plain\r\n\r\n"
	"Scanned.\r\n--out--\r\n",
	"5.7.1 Sorry."},
    {"a boundary in pieces",
	"multipart/report; boundary*0*=us-ascii'en'b%2f; boundary*1=\"1\"",
	NULL, false,
	"--b/1\r\nContent-Type: message/delivery-status\r\n\r\n"
	"Action: failed\r\nStatus: 5.1.2\r\n--b/1--\r\n",
	"5.1.2"},
    {"expired", "multipart/report; boundary=b", NULL, false,
	"--b\r\nContent-Type: message/delivery-status\r\n\r\n"
	"Action: expired\r\nStatus: 4.4.7\r\n"
	"Diagnostic-Code: unable to get MX info\r\n--b--\r\n",
	"4.4.7 unable to get MX info"},
    {"qmail", NULL, NULL, false,
	"Hi. This is the qmail-send program at mailbox.example.\r\n"
	"I could not deliver your message to these addresses.\r\n\r\n"
	"<ann@mailbox.example>:\r\nSorry, no mailbox here by that name.\r\n"
	"(#5.1.1)\r\n\r\n--- Below this line is a copy.\r\n\r\n" RETURNED,
	"Sorry, no mailbox here by that name."},
    {"qmail with a remote host", "text/plain", NULL, false,
	"\r\nHi. This is the deliver program at a.\r\n\r\n"
	"<ann@mailbox.example>:\r\n192.0.2.20 does not like recipient.\r\n"
	"Remote host said: 550 no\r\nGiving up on 192.0.2.20.\r\n\r\n",
	"192.0.2.20 does not like recipient. Remote host said: 550 no "
	"Giving up on 192.0.2.20."},
    {"Exim's text", "text/plain; charset=utf-8", "quoted-printable", true,
	"This message was created automatically by mail delivery "
	"software.\r\n\r\nA message could not be delivered to one or more "
	"of its=\r\n recipients. The following address(es) failed:\r\n\r\n"
	"  ann@mailbox.example\r\n    host mx.mailbox.example "
	"[192.0.2.20]:\r\n    550 5.1.1 unknown user\r\n\r\n"
	"------ This is a copy of the message ------\r\n" RETURNED,
	"host mx.mailbox.example [192.0.2.20]: 550 5.1.1 unknown user"},
    {"Exim's report", "multipart/report; boundary=x", NULL, true,
	"--x\r\nContent-Type: text/plain\r\n\r\n"
	"This message was created automatically.\r\n\r\n"
	"The following address(es) failed:\r\n\r\n  ann@mailbox.example\r\n"
	"    mailbox is full\r\n\r\n--x\r\n"
	"Content-type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx\r\n\r\nAction: failed\r\n"
	"Final-Recipient: rfc822;ann@mailbox.example\r\nStatus: 5.0.0\r\n"
	"--x--\r\n",
	"5.0.0 mailbox is full"},
    {"Sendmail",
	"multipart/report; report-type=delivery-status;\r\n"
	" boundary=\"kA1.1/mx\"",
	NULL, false,
	"This is a MIME-encapsulated message\r\n\r\n--kA1.1/mx\r\n\r\n"
	"   ----- The following addresses had permanent fatal errors -----\r\n"
	"<ann@mailbox.example>\r\n\r\n--kA1.1/mx\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns; mx\r\nArrival-Date: Sat, 1 Jan 2022\r\n\r\n"
	"Final-Recipient: RFC822; ann@mailbox.example\r\nAction: failed\r\n"
	"Status: 5.1.1\r\nDiagnostic-Code: SMTP; 550 5.1.1 User unknown\r\n"
	"Last-Attempt-Date: Sat, 1 Jan 2022\r\n\r\n--kA1.1/mx\r\n"
	"Content-Type: message/rfc822\r\n\r\n" RETURNED "--kA1.1/mx--\r\n",
	"5.1.1 SMTP; 550 5.1.1 User unknown"},
    {"Exchange",
	"multipart/report; report-type=delivery-status;\r\n"
	"\tboundary=\"_000_a_\"",
	NULL, false,
	"--_000_a_\r\nContent-Type: multipart/alternative; "
	"differences=Content-Type;\r\n\tboundary=\"_000_a_b_\"\r\n\r\n"
	"--_000_a_b_\r\nContent-Type: text/plain\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\n"
	"WW91ciBtZXNzYWdlIHdhc24ndCBkZWxpdmVyZWQu\r\n"
	"--_000_a_b_\r\nContent-Type: text/html\r\n\r\n<p>No</p>\r\n"
	"--_000_a_b_--\r\n\r\n--_000_a_\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns;ex.mailbox.example\r\n\r\n"
	"Final-recipient: RFC822;ann@mailbox.example\r\nAction: failed\r\n"
	"Status: 5.1.10\r\n"
	"Diagnostic-code: smtp;550 5.1.10 RecipientNotFound\r\n\r\n"
	"--_000_a_--\r\n",
	"5.1.10 smtp;550 5.1.10 RecipientNotFound"},
    {"Gmail's", "multipart/report; boundary=\"00000a\"", NULL, true,
	"--00000a\r\nContent-Type: multipart/related; boundary=\"00000b\"\r\n"
	"\r\n--00000b\r\nContent-Type: multipart/alternative; "
	"boundary=\"00000c\"\r\n\r\n--00000c\r\nContent-Type: text/plain; "
	"charset=\"UTF-8\"\r\n\r\n** Address not found **\r\n\r\n--00000c--"
	"\r\n--00000b--\r\n--00000a\r\nContent-Type: "
	"message/delivery-status\r\n\r\nReporting-MTA: dns; g.example\r\n\r\n"
	"Final-Recipient: rfc822; ann@mailbox.example\r\nAction: failed\r\n"
	"Status: 5.1.1\r\nDiagnostic-Code: smtp; 550-5.1.1 no\r\n 550 "
	"5.1.1 such\r\n\r\n--00000a--\r\n",
	"5.1.1 smtp; 550-5.1.1 no 550 5.1.1 such"},
    {"Courier",
	"multipart/report; report-type=delivery-status;\r\n"
	" boundary=\"=_courier-1\"",
	NULL, false,
	"--=_courier-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
	"This is a delivery status notification.\r\n--=_courier-1\r\n"
	"Content-Type: message/delivery-status\r\n"
	"Content-Transfer-Encoding: 7bit\r\n\r\n"
	"Reporting-MTA: dns; courier\r\n\r\n"
	"Final-Recipient: rfc822; ann@mailbox.example\r\nAction: failed\r\n"
	"Status: 5.0.0\r\nDiagnostic-Code: unknown; 550 User unknown.\r\n\r\n"
	"--=_courier-1--\r\n",
	"5.0.0 unknown; 550 User unknown."},
    {"Domino",
	"multipart/report; report-type=delivery-status; boundary=\"==I"
	"FJ\"",
	NULL, false,
	"--==IFJ\r\nContent-Type: text/plain;\r\n\tcharset=iso-8859-1\r\n\r\n"
	"------- Failure Reasons  --------\r\n\r\nUser not listed\r\n"
	"--==IFJ\r\nContent-Type: message/delivery-status\r\n\r\n"
	"Reporting-MTA: dns;domino\r\n\r\n"
	"Final-Recipient: rfc822;ann@mailbox.example\r\n"
	"Action: failed\r\nStatus: 5.1.1\r\n"
	"Diagnostic-Code: X-Notes; User not listed\r\n\r\n--==IFJ--\r\n",
	"5.1.1 X-Notes; User not listed"},

    {"a delay", "multipart/report; boundary=b", NULL, false,
	"--b\r\nContent-Type: text/plain\r\n\r\nIt failed: not yet.\r\n--b\r\n"
	"Content-Type: message/delivery-status\r\n\r\n"
	"Action: delayed\r\nStatus: 4.4.1\r\n--b--\r\n",
	NULL},
    {"Exim's delay", "text/plain", NULL, false,
	"This message was created automatically by mail delivery software.\r\n"
	"A message has not been delivered after 24 hours.\r\n",
	NULL},
    {"relayed, in base64", "multipart/report; boundary=b", NULL, false,
	"--b\r\nContent-Type: message/delivery-status\r\n"
	"Content-Transfer-Encoding: base64\r\n\r\n"
	"QWN0aW9uOiByZWxheWVkCg==\r\n--b--\r\n",
	NULL},
    {"a complaint",
	"multipart/report; report-type=feedback-report;"
	" boundary=b",
	NULL, false,
	"--b\r\nContent-Type: text/plain\r\n\r\nThis is an abuse report.\r\n"
	"--b\r\nContent-Type: message/feedback-report\r\n\r\n"
	"Feedback-Type: abuse\r\nAction: failed\r\n--b--\r\n",
	NULL},
    {"a report in the returned message", "multipart/mixed; boundary=b", NULL,
	false,
	"--b\r\nContent-Type: text/plain\r\n\r\nSee below\r\n--b\r\n"
	"Content-Type: message/rfc822\r\n\r\nContent-Type: "
	"multipart/report; boundary=c\r\n\r\n--c\r\nContent-Type: "
	"message/delivery-status\r\n\r\nAction: failed\r\n--c--\r\n--b--\r\n",
	NULL},
    {"a vacation", "text/plain", NULL, false,
	"I am away.\r\n\r\n> Hi. This is the qmail-send program\r\n", NULL},
};
