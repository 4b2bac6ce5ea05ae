/* SPDX-License-Identifier: MIT */
/*
 * ssh_keys - keys that ssh-keygen made for these tests, and damaged ones.
 */
#pragma once

#define ED25519                                                                \
	"AAAAC3NzaC1lZDI1NTE5AAAAIBXXlQ4wpCtnoNfz0fqp2pg5gbe9Q1czEg279LJR"     \
	"gLn1"

#define EC256                                                                  \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBInDI2hhFJJ6"     \
	"UGxeEr0Uj3R6xCeElS8MR8UmdcxQbWxtDu+X5yHfxgm8t7G/NElOMbbhbPbMA3FW"     \
	"DKlIE+PIFAE="

#define EC384                                                                  \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBNKEzXctT9WE"     \
	"gz7qyUtQRkPMU+XDNfLTJj1qAY6NFMKqqyjY4A6rNcD1y1JvHk8lDsQXLKPSKusL"     \
	"E1PdNvUUhPmpFAk3L5pDbysUMgKIWXW6bL3Px66spCDXtyQjoDW0bg=="

#define EC521                                                                  \
	"AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAF2h9y58bSC"     \
	"lXc7/FMD3+eKL2/xsTSyOTCRFicYix++bie7FraazGhBgYgHI824KHEYshRJwPGf"     \
	"JAjIfPFiX8U9DQEK9qUljzNxH8IiyyHLy0qLDFLWWREfE+0W9wEwQBF6O5b9zu7r"     \
	"1GmbAXc8iwwCR4nuKxP61OpoXkiXyfdTKqb8nQ=="

#define RSA2048                                                                \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAQCcKdQzTEGUIlF2la6nZ6LcIK2TvdmPHIlv"     \
	"KKmw8zMLzOG79vf6HQFVmVQ2CFhV9Th6vNsciDk3Bne7a0ngtvp5iiILWagjFnxc"     \
	"HljBdolARdkJpiwMnG6Pekqe3kdOtXpUU9LxxiNZMT42fQf1hBTtXjXkFmp6Be/j"     \
	"YN8OkmIA8hTgsCKmUD1WyZ8C73CyGvq0M3eIb7qP1kwlzPF2mxxzQ4adT5QdR3/o"     \
	"N/wzNumZOpRazLTEdLj0oLcC6zTrJ5LlvFzDURZfxO4f53Jozt187QdHiHhpw349"     \
	"vh80ywpvWjePuMuTLhG2reCGJA6YjWlzOC1A37eeqiVNyUo6wQpF"

#define RSA2047                                                                \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAFnBrGf6jpne3lx45k1RXOXYq1m//XfAYuP0"     \
	"zG80oh2vcAB5ayHxJEJvPBBaharyESnKdaZvh5HijN/U7vE59rGUqkqKRX6aMM1D"     \
	"C/2YOupo8w27tTEeFsxIEjA2aQqArYKJhT6hIRtsQV516b4SX6GOj6OJwaTmnPmT"     \
	"pgSi9DbVnJf/oVL0xp3rXP3MdFbOEvLA7sIoEvVvdHkpZkzzBm2ASo5BE4YMdR9u"     \
	"/VGxr3/fshrlSRhCD8o15lJiS7jvEGDHwhMe4Oh6DmIElwvP5ou+Fs8ftyBL+K1w"     \
	"uBjKOlwd1Pf5OZG5jwfZj4SsxP3suwmvWmRIrmAiq0Qg16NocC8="

#define RSA1024                                                                \
	"AAAAB3NzaC1yc2EAAAADAQABAAAAgQDRv0iHfFbbT6IfgdWlpSlX10ty6sx9OUf1"     \
	"FKq03pVpvLIWnodB/rK0Vuxpl1D6IeH0ZUvmq6BWbcW0OXrdYyRu9/vFzb3HOzxR"     \
	"/o/LGHAJZwJiNaZ/78dCYctqIaaIbpPFbWGEtoQDZcCEPg+M2K+WiS0sB4PtUDQq"     \
	"Zqm4BkZ3ZQ=="

#define DSA                                                                    \
	"AAAAB3NzaC1kc3MAAACBANnwyyCtHtmUOCqhD1g7y91rOCKm+cCmFfwAplBTOuZ3"     \
	"j/P6/cGvfomGlLQ43onRgtvlcSdjUV6cpAZs4/YkfQZJmHfGfuFV8muXnwWIG0Y5"     \
	"jADtO15h6k7jCyem6C69Wl/fa/8twvkE5DgWx3uviAW8PJQ2FHnC+ZBI2+pBjNUb"     \
	"AAAAFQDVqKuYg0Vq7oSi8iTwbqz4FO/jnQAAAIEAzN3TDjN9covdA+Wb8bDvtXfg"     \
	"yJvB+3iO6sREe3hwkIWgD7cW980hlvfPUChv4YukFt/swvOF1lUaABvJOoCORqjR"     \
	"WKgN/DFSomlUoYbV4W4q0+SrdS7TgXfM/1Me3tPsYGWHDU7jTxoI+2d2VMWCAeUC"     \
	"0d52AWRhDKhF1cVTP3sAAACBAMyJnq5CSqosT3E/WgA+IDp1MnJp5aYtqVHewCTb"     \
	"3jlcHBy/hZCg5J5mmVnsnLYtyZfjNnr2rYudcEqGCBMJthjfDIdb9XleNqTiOr3E"     \
	"s0x/XtYvimN6/C7rwGLm6XxKorqajBi8cYRWnCFLttqe27oL18C5tnJSSgkF2cys"     \
	"iusY"

#define SK_ED25519                                                             \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBXXlQ4wpCtnoNfz0fqp"     \
	"2pg5gbe9Q1czEg279LJRgLn1AAAABHNzaDo="

#define SK_EC256                                                               \
	"AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNzaC5jb20AAAAIbmlzdHAy"     \
	"NTYAAABBBInDI2hhFJJ6UGxeEr0Uj3R6xCeElS8MR8UmdcxQbWxtDu+X5yHfxgm8"     \
	"t7G/NElOMbbhbPbMA3FWDKlIE+PIFAEAAAAEc3NoOg=="

/* A field more, a field less, another length, another type within; a point
   that is not on its curve, on another curve, compressed; RSA with an even
   modulus, the exponent 1, a number below zero, none. */
#define ED_MORE                                                                \
	"AAAAC3NzaC1lZDI1NTE5AAAAIBXXlQ4wpCtnoNfz0fqp2pg5gbe9Q1czEg279LJR"     \
	"gLn1AAAAAXg="

#define ED_LESS "AAAAC3NzaC1lZDI1NTE5"

#define ED_SHORT                                                               \
	"AAAAC3NzaC1lZDI1NTE5AAAAH9eVDjCkK2eg1/PR+qnamDmBt71DVzMSDbv0slGA"     \
	"ufU="

#define ED_TRUNCATED                                                           \
	"AAAAC3NzaC1lZDI1NTE5AAAAIBXXlQ4wpCtnoNfz0fqp2pg5gbe9Q1czEg279LJR"

#define ED_HUGE                                                                \
	"AAAAC3NzaC1lZDI1NTE5/////xXXlQ4wpCtnoNfz0fqp2pg5gbe9Q1czEg279LJR"     \
	"gLn1"

#define EC_OFF                                                                 \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBInDI2hhFJJ6"     \
	"UGxeEr0Uj3R6xCeElS8MR8UmdcxQbWxtDu+X5yHfxgm8t7G/NElOMbbhbPbMA3FW"     \
	"DKlIE+PIFAA="

#define EC_CURVE                                                               \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAzODQAAABBBInDI2hhFJJ6"     \
	"UGxeEr0Uj3R6xCeElS8MR8UmdcxQbWxtDu+X5yHfxgm8t7G/NElOMbbhbPbMA3FW"     \
	"DKlIE+PIFAE="

#define EC_COMPRESSED                                                          \
	"AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAAhA4nDI2hhFJJ6"     \
	"UGxeEr0Uj3R6xCeElS8MR8UmdcxQbWxt"

#define EC_INFINITY "AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAAABAA=="

#define RSA_EVEN                                                               \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAQCcKdQzTEGUIlF2la6nZ6LcIK2TvdmPHIlv"     \
	"KKmw8zMLzOG79vf6HQFVmVQ2CFhV9Th6vNsciDk3Bne7a0ngtvp5iiILWagjFnxc"     \
	"HljBdolARdkJpiwMnG6Pekqe3kdOtXpUU9LxxiNZMT42fQf1hBTtXjXkFmp6Be/j"     \
	"YN8OkmIA8hTgsCKmUD1WyZ8C73CyGvq0M3eIb7qP1kwlzPF2mxxzQ4adT5QdR3/o"     \
	"N/wzNumZOpRazLTEdLj0oLcC6zTrJ5LlvFzDURZfxO4f53Jozt187QdHiHhpw349"     \
	"vh80ywpvWjePuMuTLhG2reCGJA6YjWlzOC1A37eeqiVNyUo6wQpE"

#define RSA_ONE                                                                \
	"AAAAB3NzaC1yc2EAAAABAQAAAQEAnCnUM0xBlCJRdpWup2ei3CCtk73ZjxyJbyip"     \
	"sPMzC8zhu/b3+h0BVZlUNghYVfU4erzbHIg5NwZ3u2tJ4Lb6eYoiC1moIxZ8XB5Y"     \
	"wXaJQEXZCaYsDJxuj3pKnt5HTrV6VFPS8cYjWTE+Nn0H9YQU7V415BZqegXv42Df"     \
	"DpJiAPIU4LAiplA9VsmfAu9wshr6tDN3iG+6j9ZMJczxdpscc0OGnU+UHUd/6Df8"     \
	"MzbpmTqUWsy0xHS49KC3Aus06yeS5bxcw1EWX8TuH+dyaM7dfO0HR4h4acN+Pb4f"     \
	"NMsKb1o3j7jLky4Rtq3ghiQOmI1pczgtQN+3nqolTclKOsEKRQ=="

#define RSA_BELOW                                                              \
	"AAAAB3NzaC1yc2EAAAADAQABAAABAJwp1DNMQZQiUXaVrqdnotwgrZO92Y8ciW8o"     \
	"qbDzMwvM4bv29/odAVWZVDYIWFX1OHq82xyIOTcGd7trSeC2+nmKIgtZqCMWfFwe"     \
	"WMF2iUBF2QmmLAycbo96Sp7eR061elRT0vHGI1kxPjZ9B/WEFO1eNeQWanoF7+Ng"     \
	"3w6SYgDyFOCwIqZQPVbJnwLvcLIa+rQzd4hvuo/WTCXM8XabHHNDhp1PlB1Hf+g3"     \
	"/DM26Zk6lFrMtMR0uPSgtwLrNOsnkuW8XMNRFl/E7h/ncmjO3XztB0eIeGnDfj2+"     \
	"HzTLCm9aN4+4y5MuEbat4IYkDpiNaXM4LUDft56qJU3JSjrBCkU="

#define RSA_NONE "AAAAB3NzaC1yc2EAAAADAQABAAAAAA=="

#define SK_LESS                                                                \
	"AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIBXXlQ4wpCtnoNfz0fqp"     \
	"2pg5gbe9Q1czEg279LJRgLn1"
