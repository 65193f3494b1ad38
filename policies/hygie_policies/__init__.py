"""What do we do about it? Knows findings and envelopes; nothing of Postfix."""
