"""Postfix: the milter session, the plan of operations, the queue."""
