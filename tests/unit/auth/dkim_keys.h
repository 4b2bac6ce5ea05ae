/* SPDX-License-Identifier: MIT */
/*
 * dkim_keys - keys for tests, which nobody uses for anything else.
 */
#pragma once

static const char rsa_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQCm0XH9QpSAC8Hx\n"
    "cgs9KtoAOzQUpoQp/Vzckcz1e6AisPI/pxJHJ+OZEF3fOzqLqSz7/TCiLlP9fw7j\n"
    "gw3zjwoETT/9tm2J8YXFIV/w2yBoRBb8S1bUZ+5tRMIRyQEe7xgO5vXtq7HktYH/\n"
    "3TXKJXyJwGwzDXZbPyAgZyeuZ6Su8NeiaefmJznxPRmbzWUL08wZDibfDobkM6eN\n"
    "bOy9wCsKl0z1jvkuymm/tnR1K5+6AMaUPC4xcEta9/GyrIAn+LzWzgfTPunUIVMw\n"
    "a9VRgYj75ORjGIwIpcSrr4F0rhAQ+f5H3NzGQsxJoU0FJgfwAkCTVCpqJbvSAMHl\n"
    "bW2lnptxAgMBAAECggEAANsBGfWX2KhJcf3ZfPmWH4T432UnsDtaw58d4GNEehIt\n"
    "v01xuaDfXzqEEissKpIzosea8qOjeXKZiNtOzYBZjws2vDFfe091QJYAkgtTTah4\n"
    "rZ8zJgKVk0oH7nK1pHadeTZ60u38w+MH4N5YkY5+VpG0MwM97qZKqZLETGe+7VA1\n"
    "WrUhdHUSYQRIOnAjVO5yMpxoFRlWHGU4ipjdDpxQ9BRJXtBQaOaxJJiCHpgDwr1P\n"
    "69Ro53x4iT3YVNrFJF1PlrHRs+aIXm1I5MkNKkXfvN5JyRheLy7wdBTEBJAm7SSF\n"
    "bk52m0E2VKG5m9Fi8DaG+6douhWhBANySsY60Xt4AQKBgQDTJ+EKgsrEbH8OM7CB\n"
    "jshXMVchSuohMIPeOtH+PNBOonX1XYKSkXc4rgfdrwHnFPgWMF2Y3j1Rc/xj5HwF\n"
    "eO2TpifhWRf4InRYMKXdAQ197q+yMdAnqF07+k+XDTr21PQHBZoIVqMxs7InTzin\n"
    "uOaHtmCIi1YDkqjTjJ5XSXGoAQKBgQDKPwRehOnv89wOYYiw7jyL0C0bdndLYQL7\n"
    "RfjY3ilxM/oslPuYSKVXpMwNTf4Tn1AyunufQjrmGwRSQbM0C24ndMZpCxDrXeNY\n"
    "j48/+qXJ8VPoFZYFTeyc99r+DDvLHvBVaDnELHphKL3BVEkEtt4LW+N/+saxhYya\n"
    "z0IAc/tzcQKBgAMp989Ggm9LCORXle97Cjl0Pc/75WI17ePokbjzhFOJT6crjYdQ\n"
    "sq6gvPFva+HgiI8cjmp5+gU8ba25gLo8Q6MQvEw+H4PSUFf58qJLH76hUvSilnHh\n"
    "rfP2HjcvNZD5Q+bPCK3TToKyJJs+LqUkuh+SdgPVwqYvDmSNGNpJ+XABAoGBAL7S\n"
    "ZIH18G/5a5iaCAnATpowSk8OIJKbrt98bsXYH8vymco0q4pMiMy/7dNj0iWbfGTQ\n"
    "tNFYARCZTyN5X+bsHfvWX1o/GbCpfldR5HweNwzpyRxCObE5i9WyugpXapdE0sgS\n"
    "teZVfQZtFVTy/I4ZKDoZcfaPm6dldXufsAuTYx3RAoGASbkPlxBfjkRqt8PDBHIU\n"
    "cMRp9gbgLcSu1RVZvsIQROgsNqsVuARziKI+rloQt7cKlzB/NJIph8wmc/hRqb9R\n"
    "KvA7G0chUjCKS0v9BKvzzZ5poqyb0O8fqHatzRaxDOEE/o1VRunkjzizdk47z/Kv\n"
    "HsOuH41A8Juw1Dx2guIJlAM=\n"
    "-----END PRIVATE KEY-----\n";

static const char ed25519_pem[] =
    "-----BEGIN PRIVATE KEY-----\n"
    "MC4CAQAwBQYDK2VwBCIEIAA2pgLa+HHHi6xUnivgYfg72JrtSHlvhHp3Xd5YnMrj\n"
    "-----END PRIVATE KEY-----\n";

/* Their public keys, as DNS has them; RSA as RSAPublicKey too; and one of 768
   bits. */
#define RSA_PUBLIC                                                             \
	"MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAptFx/UKUgAvB8XIL"         \
	"PSraADs0FKaEKf1c3JHM9XugIrDyP6cSRyfjmRBd3zs6i6ks+/0woi5T/X8O"         \
	"44MN848KBE0//bZtifGFxSFf8NsgaEQW/EtW1GfubUTCEckBHu8YDub17aux"         \
	"5LWB/901yiV8icBsMw12Wz8gIGcnrmekrvDXomnn5ic58T0Zm81lC9PMGQ4m"         \
	"3w6G5DOnjWzsvcArCpdM9Y75Lsppv7Z0dSufugDGlDwuMXBLWvfxsqyAJ/i8"         \
	"1s4H0z7p1CFTMGvVUYGI++TkYxiMCKXEq6+BdK4QEPn+R9zcxkLMSaFNBSYH"         \
	"8AJAk1QqaiW70gDB5W1tpZ6bcQIDAQAB"

#define RSA_PUBLIC_PKCS1                                                       \
	"MIIBCgKCAQEAptFx/UKUgAvB8XILPSraADs0FKaEKf1c3JHM9XugIrDyP6cS"         \
	"RyfjmRBd3zs6i6ks+/0woi5T/X8O44MN848KBE0//bZtifGFxSFf8NsgaEQW"         \
	"/EtW1GfubUTCEckBHu8YDub17aux5LWB/901yiV8icBsMw12Wz8gIGcnrmek"         \
	"rvDXomnn5ic58T0Zm81lC9PMGQ4m3w6G5DOnjWzsvcArCpdM9Y75Lsppv7Z0"         \
	"dSufugDGlDwuMXBLWvfxsqyAJ/i81s4H0z7p1CFTMGvVUYGI++TkYxiMCKXE"         \
	"q6+BdK4QEPn+R9zcxkLMSaFNBSYH8AJAk1QqaiW70gDB5W1tpZ6bcQIDAQAB"

#define ED25519_PUBLIC "8v0uycpKaKkjm++jFa4ZGRW3/T77LsTIfv/3Q4ebdBA="

#define RSA_768_PUBLIC                                                         \
	"MHwwDQYJKoZIhvcNAQEBBQADawAwaAJhAOOeJxe9m6/KsA7bR1XKH8zgoVBf"         \
	"e3Jjsr+f4ipbOmUqmwdiEcPrVhPiwUM5XnUJhafU2irqyca3NK9ldOMrorto"         \
	"H/AhnE4bie+XKoI2rXtdyY3eSqbiQc1Oz4GHmT7NXQIDAQAB"

/* Keys that nobody can sign with. */
#define EC_PEM                                                                 \
	"-----BEGIN PRIVATE KEY-----\n"                                        \
	"MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgnCUvOkCG8Kgmp2qi\n"   \
	"pkZxvDfInCLbXgqVNrtnPIMZGEuhRANCAATybWGvYI8edZC7Tb4cUFX0Fhfb7dGk\n"   \
	"7DiSfBOhz29Uo2OH5svpsX7cwrZ37fX2NBQD5fQdagCLthRFPgLp2PTG\n"           \
	"-----END PRIVATE KEY-----\n"

#define RSA_768_PEM                                                            \
	"-----BEGIN PRIVATE KEY-----\n"                                        \
	"MIIB5QIBADANBgkqhkiG9w0BAQEFAASCAc8wggHLAgEAAmEA454nF72br8qwDttH\n"   \
	"VcofzOChUF97cmOyv5/iKls6ZSqbB2IRw+tWE+LBQzledQmFp9TaKurJxrc0r2V0\n"   \
	"4yuiu2gf8CGcThuJ75cqgjate13Jjd5KpuJBzU7PgYeZPs1dAgMBAAECYFUb2LA2\n"   \
	"1JTpq+USNt0sI7HeuFKuMSF3h+nA5bdCv1X+lVMwZ0Yjo97xpaP2Oox2j0+VbUkv\n"   \
	"o5LBroIqsJeyAT4b7292wXwUiSkMJ/CaZ+y9w9A9P801Zydmk4TU2C9mgQIxAP0i\n"   \
	"mBfMDqd3o3+B+ozdP5ferDXkj+wNohSptttpQsgGWlnJsRN3938Ft1jfY4ztYQIx\n"   \
	"AOYxoJ9pWvRnMyAPPgNUwq869Y6G4HSrnoXNptVMNxIZAjjNQglztaOGMDleREwF\n"   \
	"fQIwZPQcBjmaio17Rkn3O6CtUQs8UQ4DnBff0S/SPnUfbhiihfabSXFp4l3MPoRw\n"   \
	"9m5hAjEAznJDs7QxNnA3kdEZtLMXx0ABaknck8Y27Zl6vmEUIs77ByZOy1tS081N\n"   \
	"AqZgai2hAjEAoSCGVQWxH6JCeb+pUKdktah5Z9MkbMbYzOXVh7Nlxz2dLoJy9qM8\n"   \
	"OeaCX9e5Lvqj\n"                                                       \
	"-----END PRIVATE KEY-----\n"

#define ENCRYPTED_PEM                                                          \
	"-----BEGIN ENCRYPTED PRIVATE KEY-----\n"                              \
	"MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQIY1PxpDswwjsCAggA\n"   \
	"MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAECBBAP6Q83VVyV2yEgJ6fOZOdUBIIE\n"   \
	"0NdhKRkaDn2Viz+aO28H47gk0pWA6ilGxA2a1qazD39kt8zsDt92qGqrM0yXsP5H\n"   \
	"nMJ6zOVdyh4dE/16GgP0wJXeqKQ8QzdJUTykQ4Rj1ZweNq/r2wcOqWD1shFlMxPt\n"   \
	"K5a41D0mZshHBXzPt9Zw5svWN547Fi7CcvqAkx/heybaPq6cVqGmnN0KlH2LJWgr\n"   \
	"5HXIzguCXgFZgh7S9l+Y4yV9uPZAsMQaCfpCz9RBN3XCSpmGbX+9h5t5qx3Q7skb\n"   \
	"31ZbZxg2vFrG4i3kk8v1/rwZuGynPSRmatAhzpBTs5UOnQUK0CFztXEPJjtzBWV5\n"   \
	"+7JZsf2sTQ3cxvyDONqKWgX/573D8dvq8e0O4Sc5BvmtI4/AwNsAUmqpV4i1BPd5\n"   \
	"ewB9U0OLDp42M0mjIuN1NFQWjqz/AP50IEh7LbTHQQB5WNgMUtaHDWtL2lfSHhX6\n"   \
	"1wUwy15zc0B1nKWKFOx7hQRz8KQLOIig4zAAlASi7pyx9X/hZ2uTw82mbS3eI9yi\n"   \
	"RAONunIPaqWSJjEKVdyNR5YpGmkxjZ4OJ6mkzGDZpSRQr7EuCNMP1x4JE10N+Ow1\n"   \
	"zPC0brb879v3IfFGTz7SFf6uF0HI7/RDmmNaYaD17IKMkLS5XiHg9K7A9567fUSz\n"   \
	"ZIeYrdBZfOARnetyRG6BM6TASZdSRYVGXCZm5pTyNUQyvqYAw72l/tGGp168UXkc\n"   \
	"Gn4FZlz4Dhs226uQuPr7wncZlUMKt3FwxufKwlaiuJdkMyiaLU/iksM7q79rxtdL\n"   \
	"7C9WORWAFaAbnqt1ab1RvrDHqH8QLdN+EML4HCORZ7iHL5eHziOKIF0zf2JG8GyZ\n"   \
	"K5qhTpzIdkfQxlQmwMv3vkB/vAEnPvxNqBV8erUebO9wHaRCT4eQ53+EUQY6RT+V\n"   \
	"CKgk5zAEKEH7RIm1k4wrtdSfSuzENMJRukGXW/3Fg9eb2AP3N9TlX9tsOivfvym1\n"   \
	"+wusk+1adHnnLTUIHFOcv5h1kE+eXZAdRbZAy9W6nJk6rzA1CFdGZzJFw5YX4t+9\n"   \
	"26F8g5ZwyPUUaSK2A8qa0Bl9lOoJIkl4GrbeTTrnA59zIzpBpN9zv2Sawukcj+za\n"   \
	"15uTmpqoucDq1unvPmDf/ZRa0BF2Fw3SUJnY7oBSDWgxx2uPda681MRzELICd7sy\n"   \
	"trW0KHxwCu1gQoCA4J3nD419zc186PKH0UTE3633ZJQPDj55EnLXgdVkCFwaaNrf\n"   \
	"srmUBXpCi9lQIQFyxGsYr8JbdO+GHNY8i3g+D8siIOcwStK6IgyrM2u/tQD4SkCh\n"   \
	"XacXLGD+uS0o40TaM9jcBludAZDjt4OHAA/bfC0Rplb3NjS12Ps5+c8z/MRvt1+b\n"   \
	"a6w3WALFMKZw4+u82J8nvbrJ7gZZFh0YhahjxXFcayxpfkEzLRzR0xI3FkaS3fan\n"   \
	"r45MFUzEsrSp1Jboc7oYVT8zlyHNXi7O0m13isidLJwFKtwIAj9aCO90ZmN0IC8e\n"   \
	"5VzWE2eykZE4FJT8oxqKvAuy+ddFpmhW1iNsMJa3rCO1oXv8BqTPjLxhagoym5ie\n"   \
	"tNh8oK/SgkaEbu5QHYS0HwHaDUHDifiQUtJJZfisGHqBfINAOx6yDEvzGGTXI52c\n"   \
	"r+66OYVm6V6O1nmFW+37U3olWTKcIWmf0wA/EjJZ3t/z\n"                       \
	"-----END ENCRYPTED PRIVATE KEY-----\n"
