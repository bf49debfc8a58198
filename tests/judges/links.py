"""Every internal link and anchor, followed by LinkChecker on the served site. Other hosts are left alone.

    python links.py FOLDER ADDRESS
"""

import csv
import re
import sys
import tempfile
from pathlib import Path
from urllib.parse import quote, urljoin

from bs4 import BeautifulSoup
from linkcheck.command import linkchecker

DIR, BASE = Path(sys.argv[1]).resolve(), sys.argv[2]
# The defaults are for other people's servers: ten requests a second, robots.txt obeyed.
CONFIG = """
[checking]
threads=4
maxrequestspersecond=1000
robotstxt=0
[filtering]
ignorewarnings=http-redirected,url-content-size-zero,url-content-too-large,url-content-type-unparseable,mail-no-mx-host,http-robots-denied
[output]
status=0
verbose=0
[AnchorCheck]
"""


def start_addresses():
    """Every page, also one that nothing links to; and the variants of `<source srcset>`, which it does not read."""
    found = set()
    for file in DIR.rglob("*.html"):
        path = quote(re.sub(r"(^|/)index\.html$", r"\1", file.relative_to(DIR).as_posix()))
        found.add(urljoin(BASE, path))
        for tag in BeautifulSoup(file.read_text("utf-8"), "html.parser").find_all("source", srcset=True):
            found.update(urljoin(urljoin(BASE, path), part.split()[0]) for part in tag["srcset"].split(", "))
    return sorted(found)


with tempfile.TemporaryDirectory() as folder:
    config, report = Path(folder, "linkcheckerrc"), Path(folder, "report.csv")
    config.write_text(CONFIG)
    starts = start_addresses()
    # As root it would become nobody, who may not be allowed to read its own modules.
    linkchecker.drop_privileges = lambda: None
    sys.argv = ["linkchecker", "-f", str(config), "--no-status", "-q", "-F", f"csv/utf-8/{report}", *starts]
    code = 0
    try:
        linkchecker.linkchecker()
    except SystemExit as end:
        code = end.code or 0
    lines = [line for line in report.read_text("utf-8").splitlines() if not line.startswith("#")]

complaints = set()
for row in csv.DictReader(lines, delimiter=";"):
    why = row["result"] if row["valid"] != "True" else row["warningstring"]
    complaints.add(f"{(row['parentname'] or '(site)').replace(BASE, '/')}:{row['line']}: {' '.join(why.split())}: {row['urlname']}")
for complaint in sorted(complaints):
    print(complaint)
print(f"links: from {len(starts)} addresses, {len(complaints)} complaints")
if not starts or (code and not complaints):
    print("links: LinkChecker did not run to its end")
sys.exit(1 if complaints or code or not starts else 0)
