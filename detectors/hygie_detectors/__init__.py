"""What is in this message? Extraction and detection; knows nothing of Postfix or policy."""
