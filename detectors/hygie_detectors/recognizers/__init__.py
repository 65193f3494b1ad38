"""The recognizers: one folder a kind, logic beside its data.

Does:   sets, before anything imports Presidio or EDS-NLP, what their libraries read once, at import: one
        second at most for a team's regex, no suffix list from the network, and no thread nor reserve
        of a gigabyte for pyarrow, which EDS-NLP imports and we never use.
"""

import os

os.environ["REGEX_TIMEOUT_SECONDS"] = "1"
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""
os.environ["ARROW_DEFAULT_MEMORY_POOL"] = "system"
os.environ["JE_ARROW_MALLOC_CONF"] = "background_thread:false"
