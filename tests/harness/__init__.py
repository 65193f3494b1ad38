"""Real servers and clients around Hygie, for the tests and the demo.

Does:   runs a private Postfix, receiving SMTP servers and ``hygie serve`` under one folder on loopback,
        and speaks to Hygie as Postfix does.
Never:  touches the machine's own Postfix, or leaves a process behind.
Fails:  with ``HarnessError``, which says what did not happen and shows the end of the log concerned.
"""
