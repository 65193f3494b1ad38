"""The application: Postfix on one side, people on the other."""
