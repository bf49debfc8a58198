"""Verifies letters by dkimpy: python verify.py FOLDER; FOLDER/keys has a line "name<TAB>record" each. One line a signature: letter, algorithm, verdict."""

import pathlib
import re
import sys

import dkim

folder = pathlib.Path(sys.argv[1])
keys = dict(line.split("\t") for line in (folder / "keys").read_text().splitlines())


def record(name, timeout=5):
    return keys.get(name.decode().rstrip("."), "").encode() or None


for path in sorted(folder.glob("*.eml")):
    letter = path.read_bytes()
    head = letter.split(b"\r\n\r\n")[0]
    algorithms = re.findall(rb"(?mi)^DKIM-Signature: v=1; a=([a-z0-9-]+);", head)
    for index, algorithm in enumerate(algorithms):
        try:
            verdict = "pass" if dkim.DKIM(letter).verify(idx=index, dnsfunc=record) else "fail"
        except dkim.DKIMException as error:
            verdict = f"error: {error}"
        print(path.stem, algorithm.decode(), verdict)
