"""The recognizers: one folder a kind, logic beside its data.

Does:   sets, before anything imports Presidio, the two settings that it and tldextract read
        once, at import: one second at most for a team's regex, and no suffix list from the network.
"""

import os

os.environ["REGEX_TIMEOUT_SECONDS"] = "1"
os.environ["TLDEXTRACT_PUBLIC_SUFFIX_LIST_URLS"] = ""
