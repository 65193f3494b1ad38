"""Quality on labelled folders: files to messages, messages to figures, one run against another."""
