"""Workers: warm, disposable processes that read hostile bytes."""
