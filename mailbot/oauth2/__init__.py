"""Access tokens in the place of passwords: RFC 6749, RFC 8628, and what is kept of them between logins."""

from mailbot.oauth2.access import Standing, access_token, keep_alive, standing
from mailbot.oauth2.answer import DeviceCode
from mailbot.oauth2.faults import Refused, SignInError, SignInNeeded, Unavailable
from mailbot.oauth2.login import by_authorization_code, by_client_credentials, by_device_code

__all__ = [
    "DeviceCode",
    "Refused",
    "SignInError",
    "SignInNeeded",
    "Standing",
    "Unavailable",
    "access_token",
    "by_authorization_code",
    "by_client_credentials",
    "by_device_code",
    "keep_alive",
    "standing",
]
