"""Which names say that what stands behind them is nobody's business: `DB_PASSWORD`, `accountKey`, `数据库密码`.

A name is taken apart into its words, so that `secretName`, `tokenRequestExpirationSeconds` and `PASSWORD_FILE`, which
hold other things, are told from `clientSecret`. Whole parts that always are secret count wherever they stand.
"""

import re

from app.kube.kept import kept_if_short

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[\u4e00-\u9fff]+")
LOOKED_AT = 160
"""Characters from the end of a name that are looked at: the last words say what it is."""

_PARTS = (
    *("password", "passwd", "passphrase", "passwort", "secret", "token", "credential", "bearer", "htpasswd", "pgpass"),
    *("apikey", "accesskey", "privatekey", "accountkey", "sharedkey", "signingkey", "encryptionkey", "masterkey"),
    *("storagekey", "licensekey", "sessionkey", "instrumentationkey", "connectionstring", "connstr", "connectionstr"),
    *("dockerconfigjson", "dockercfg", "webhookurl", "databaseurl", "keydata", "requirepass", "masterauth"),
    *("storepass", "keypass"),
    *("密码", "口令", "密钥", "令牌"),
)
_PASS = ("password", "passwd", "passphrase", "passwort", "密码", "口令", "requirepass", "storepass", "keypass")
_WORDS = frozenset(("pass", "pwd", "pw", "psw", "passw", "salt", "dsn"))
_LAST = frozenset(("auth", "authorization", "cookie", "signature"))
_LAST_OF_SEVERAL = frozenset(("pat", "private", "otp", "sas", "jwt"))
_WHOLE = frozenset(("sig", "jwt", "idrsa", "identitytoken"))
_SECRET_KEYS = frozenset(
    (
        *("api", "access", "secret", "private", "account", "shared", "signing", "encryption", "master", "storage"),
        *("license", "session", "cookie", "admin", "ssh", "rsa", "hmac", "jwt", "instrumentation", "sas", "app", "tls"),
        *("crypto", "aes", "client", "server", "deploy", "host", "service", "django", "flask", "rails", "wep", "psk"),
    )
)
"""What a key is of that opens something, where words are told apart by capitals, hyphens or dots."""
_OPEN_KEYS = frozenset(
    (
        *("public", "primary", "foreign", "partition", "sort", "topology", "cache", "label", "routing", "object", "s3"),
        *(
            "group",
            "io",
            "match",
            "index",
            "lookup",
            "hash",
            "field",
            "map",
            "config",
            "name",
            "row",
            "natural",
            "idempotency",
        ),
    )
)
"""What a key is of that only finds something."""
_HARMLESS_LAST = frozenset(
    (
        *(
            "name",
            "names",
            "ref",
            "refs",
            "seconds",
            "mode",
            "path",
            "file",
            "files",
            "dir",
            "type",
            "kind",
            "optional",
        ),
        *(
            "namespace",
            "enabled",
            "version",
            "class",
            "count",
            "expiry",
            "ttl",
            "id",
            "host",
            "port",
            "user",
            "username",
        ),
        *(
            "issuer",
            "provider",
            "endpoint",
            "policy",
            "length",
            "size",
            "url",
            "uri",
            "tokens",
            "audience",
            "audiences",
        ),
        *("expiration", "expires", "at", "age", "projection", "controller", "reviews", "review", "manager", "service"),
        *("limit", "max", "min", "usage", "format", "algorithm", "method", "required", "missing", "cleaner", "signer"),
        *("scopes", "scope", "server", "client", "hash", "checksum", "digest", "sha", "created", "error", "errors"),
    )
)
_SHELL = ("PASS", "PWD", "OLDPWD")
_HARMLESS = frozenset(
    (
        *("secrets", "imagepullsecrets", "serviceaccounttoken", "automountserviceaccounttoken", "proxypass"),
        *("secretkeyselector", "clustertrustbundle", "secretproviderclass"),
    )
)


def is_pass_name(name: str) -> bool:
    """Whether the name can stand before a password and hardly before a sentence."""
    low = name.lower()
    return any(part in low for part in _PASS) or words_of(name)[-1:] in (["pwd"], ["pass"], ["pw"])


@kept_if_short(4096)
def words_of(name: str) -> list[str]:
    """The words of a name in small letters: `DB_rootPass` has three."""
    return [word.lower() for word in _WORD.findall(name[-LOOKED_AT:])]


@kept_if_short(4096)
def is_secret_name(name: str) -> bool:
    """Whether what stands behind this name should not be seen."""
    words = words_of(name)
    if not words:
        return False
    whole, last = "".join(words), words[-1]
    if whole in _WHOLE or whole.endswith(("accesskeyid", "secretid", "webhookurl", "databaseurl")):
        return True
    if _is_harmless(name, words, whole):
        return False
    if any(part in whole for part in _PARTS) or _WORDS & set(words) or last in _LAST:
        return True
    if len(words) > 1 and last in _LAST_OF_SEVERAL:
        return True
    return _is_key(name, words)


def _is_harmless(name: str, words: list[str], whole: str) -> bool:
    if whole in _HARMLESS or name in _SHELL:
        return True
    if words[0] in ("checksum", "hash") or "tokeniz" in whole:
        return True
    if words[-1] == "secrets" and not name.isupper():
        return True
    return len(words) > 1 and words[-1] in _HARMLESS_LAST and not (words[-1] == "hash" and "pass" in whole)


def _is_key(name: str, words: list[str]) -> bool:
    if len(words) < 2 or words[-1] != "key":
        return False
    if name[-4:-3] == "_" or name.isupper():
        return words[-2] not in _OPEN_KEYS
    return words[-2] in _SECRET_KEYS
