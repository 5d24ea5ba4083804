"""The octets of a mail into a Message: `message.parse` is total, linear in time, and opens nothing."""
