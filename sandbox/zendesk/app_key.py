"""The key with which the emulator signs as the installed app: made up, known to all, good for nothing else."""

from joserfc.jwk import RSAKey

_NUMBERS: dict[str, str | list[str]] = {
    "kty": "RSA",
    "n": (
        "jm5jMXUY-OPGsaZQPZ_z3EiyvvT0Do27e5nMsy6JG12xyg3wJTwLYVyXVJbuhlVhDjsB_pcf7LVOOlayPmwCO89dob"
        "9DHT5oMArf7jYN09m1g9M5G7aZdXMQlV5R70WEYX0SQwHduVm4bOOjhMM2Ix5kGRU6spfFD1b4VvBsRGI2HLAzOavT"
        "wtObUzEzEFC3sKUHNk_GMhXDDVvLOEOtybQtsa4eLb9Mv7kk11zTySLvkVZnkBYO-kVMJ4teiQPxfy88hiCny4SNI9"
        "hZcK40zRG1rJO5oOUGu3mM2lTpr39Ga67wv-19nZeVlmLdwMX92-5Acq7l7wFi3lkp-fLG2Q"
    ),
    "e": "AQAB",
    "d": (
        "Ct98bQseY-mngmpK19l9GUTneFJkyzOgq1fbW5Zi2xb0-pLD0WPbDoyt9MQs405jQV3Z0iChTEWu-h8iLke6h-"
        "xVnoJmUjYwZ_J8k8fGmHSXOcAHLQlsf53QF0cDBDwPVg3hNgJPddXWkWFzWzA30siAJbYMLBQP9BLUlHZ4HWQwyrPP"
        "V3LxTxTxa-vb6gCSyh0OBLqw4OxjNgMGLmOnpTSOVsSvB_beFf-6g8Otm-"
        "TxVLqJAx8FNLdSz3DxwL56P_rtxn7OwzNJvN05G3cVatxp7_2hYntQPiKSclRudBlZsvqKLUG-"
        "StDNrm-08VdYKoS43Sz1zjt3o2g9CMuN8Q"
    ),
    "p": (
        "wkUgt0TFLyjINn96BDExYHdz9ttQMFh17w2VbdwuaTlp67P9CzflfJO6lOlLLas9cMYO2WEhZiDfEwi-lQzXYI868b"
        "t7BTPD51p7kLYmg5dzcM2c-pL2-0B1H-waFSkr-8B3_Y2nzmWn9izjFp9FQf7cv70OPZDxgpHHxIQyX80"
    ),
    "q": (
        "u7BvtLCtf89MgbGFJd90po1FUfculC5l8uKLj7BrIM2u1CpCTYQbTqtQJqZEv3ernH0ztwi7BrUKwbQFrWi3zFJK4h"
        "PXJ2BvmT4Hyxku-H25c0LEHuOGpVLb3qI_6DKfVu6-8zTv5YgdCR2YXvKd-gqQR92Zi84b2z1ggc5Yvz0"
    ),
    "dp": (
        "V9TlK7a958pqaqlLwyVyi4i2Nz-"
        "Ei7cS6tebXaYUnaJFjzk7CJ1m9eHck4K-aJFpH9mL0SAm94OZF4P2lnDN12wqXCxFPF7hDXJNN2oDE6-fk7qCZI-"
        "ZdpL34Uzfpf2NUy77kPlAiwJO4-_7Y7jymRnfOBkDnTYw2rWKOgECvWk"
    ),
    "dq": (
        "Zt1F-5OxIxEr7xCp1p3nQri-"
        "OzPrlU7wlPNQZcncjLftj14xxGYYyT7eyK_rkbw2k6eSxkfEqOJkKNFPI0D3KsYXQFx7WJtjzmrOvqLouUu-"
        "bcszzXIJg2YsFpJ5z_qelXh3srdam0PEFhDgR3lU14selCSBWLv3TGsRD1NWFEk"
    ),
    "qi": (
        "nurioLXphvItTt2G-Fkn8XkTg31Jb9NNbPtpSC0-v8e7A7AIQaaI_l8FOIs9KmkbwOobzdw-"
        "_EBSL_f9NRW_2BR_KDyh0LR2GjYMk2pKMgCigOGzw0LSe8_VZ3MK23FbbW4bBPr9z8KGRqSVZKVqunTkMpfq-"
        "JeMhPt4rOfxh4E"
    ),
}
KEY = RSAKey.import_key(_NUMBERS)
APP_ID = 1
INSTALLATION_ID = 82


def public_pem() -> str:
    """Return the public key as GET /api/v2/apps/{id}/public_key.pem answers it."""
    return KEY.as_pem(private=False).decode()


def audience(account_url: str) -> str:
    """Return what a token's `aud` says: the address of this installation of the app."""
    return f"{account_url}/api/v2/apps/installations/{INSTALLATION_ID}.json"
