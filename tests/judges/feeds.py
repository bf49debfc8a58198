"""Feeds, podcast and sitemap, each read by a parser or a schema that is not ours.

    python feeds.py FOLDER ADDRESS

A feed is found by what is in the file, not by its name, so that none escapes. feedparser must have nothing to complain
of; Atom must match the grammar of RFC 4287, JSON Feed the schema of 1.1, RSS and podcasts what their specifications
require; every address must be absolute, and exist if it is this site's; the sitemap must match its schema and list
every page. A post keeps one id in all feeds and arrives whole.
"""

import json
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections import defaultdict
from email.utils import parsedate_to_datetime
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import feedparser
import jsonschema
from bs4 import BeautifulSoup

HERE = Path(__file__).resolve().parent
TOOLS = HERE.parent.parent / "target" / "judges"
DIR, BASE = Path(sys.argv[1]).resolve(), sys.argv[2]
ATOM = "{http://www.w3.org/2005/Atom}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}encoded"
ITUNES = "{http://www.itunes.com/dtds/podcast-1.0.dtd}"
PODCAST = "{https://podcastindex.org/namespace/1.0}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
ADDRESSES = {"href", "src", "poster", "cite", "action", "data"}

complaints = {}


def complain(page, rule, excerpt=""):
    """Says each thing once."""
    line = f"{page}: {rule}: " + " ".join(str(excerpt).split())[:300]
    if line not in complaints:
        print(line)
    complaints[line] = True


def file_of(address):
    """The file that an address of this site stands for, or None."""
    path = unquote(urlsplit(address).path)[len(urlsplit(BASE).path):]
    names = [path + "index.html", path + "index.xml"] if path == "" or path.endswith("/") else [path]
    return next((DIR / name for name in names if (DIR / name).is_file()), None)


def address_of(file):
    path = file.relative_to(DIR).as_posix()
    return urljoin(BASE, re.sub(r"(^|/)index\.(html|xml)$", r"\1", path))


def need_address(page, rule, address):
    """An absolute address which, if it is this site's, exists."""
    if not re.match(r"(https?://[^/\s]|mailto:|tel:|data:)", address or ""):
        complain(page, rule, f"not an absolute address: {address!r}")
    elif address.startswith(BASE) and not file_of(address):
        complain(page, rule, f"no such file: {address}")


def squeeze(text):
    """Letters and digits only: whatever an edition does to spaces and signs between them."""
    return re.sub(r"[\W_]+", "", text)


read = set()


def need_content(page, name, link, html):
    """Whole, safe, and readable away from this site."""
    if not (html or "").strip():
        return complain(page, "content missing", name)
    # The same post comes in many feeds: it is read, and complained of, once.
    if (link, html) in read:
        return
    read.add((link, html))
    soup = BeautifulSoup(html, "html.parser")
    for tag in soup.find_all(True):
        if tag.name in ("script", "style", "form", "link"):
            complain(page, "content is not for the web alone", f"{name}: {tag}")
        for key, value in tag.attrs.items():
            if key in ADDRESSES:
                need_address(page, f"address in the content of “{name}”", value)
            elif key == "srcset":
                for candidate in value.split(", "):
                    need_address(page, f"address in the content of “{name}”", candidate.split()[0])
            elif key.startswith("on"):
                complain(page, "content is not for the web alone", f"{name}: {key}={value}")
    # Whole: most of the page's long paragraphs are in it. The rest of them are the theme's: promises, neighbours, notes.
    shown = file_of(link) if link and link.startswith(BASE) else None
    article = shown and BeautifulSoup(shown.read_text("utf-8"), "html.parser").find("main")
    long = [squeeze(part.get_text()) for part in article.find_all("p") if len(part.get_text()) > 120] if article else []
    text = squeeze(soup.get_text())
    if long and sum(part in text for part in long) < len(long) / 2:
        complain(page, "content is not whole", f"{name}: {len(text)} characters, most of {link} is not among them")


ids = defaultdict(set)
formats = defaultdict(list)


def entry(page, ident, link, name, html):
    """What every format owes for every entry."""
    if not ident:
        complain(page, "no id", name)
    if not name:
        complain(page, "no title", ident)
    need_address(page, f"link of “{name}”", link)
    need_content(page, name, link, html)
    ids[link].add(ident)


def one_each(page, idents):
    for ident in {i for i in idents if idents.count(i) > 1}:
        complain(page, "id twice in one feed", ident)


def parsed(page, file):
    """feedparser has nothing to say."""
    feed = feedparser.parse(file.read_bytes(), response_headers={"content-type": "application/xml; charset=utf-8", "content-location": BASE})
    if feed.bozo:
        complain(page, "feedparser", repr(feed.bozo_exception))
    return feed


def atom(page, file, root):
    formats["atom"].append(file)
    feed = parsed(page, file)
    links = {link.get("rel", "alternate"): link.get("href") for link in root.findall(ATOM + "link")}
    if links.get("self") != address_of(file) and links.get("self") not in aliases(file):
        complain(page, "link rel=self", f"{links.get('self')} is not {address_of(file)}")
    for rel, address in links.items():
        need_address(page, f"link rel={rel}", address)
    if not root.findall(ATOM + "author") and any(e.find(ATOM + "author") is None for e in root.findall(ATOM + "entry")):
        complain(page, "RFC 4287 §4.1.1", "an entry without an author in a feed without one")
    for item in root.findall(ATOM + "entry"):
        name, ident = item.findtext(ATOM + "title"), item.findtext(ATOM + "id")
        alternates = [l.get("href") for l in item.findall(ATOM + "link") if l.get("rel", "alternate") == "alternate"]
        content = item.find(ATOM + "content")
        html = content is not None and (content.text if content.get("type") == "html" else ET.tostring(content, encoding="unicode", method="html"))
        entry(page, ident, alternates[0] if alternates else None, name, html)
        for link in item.findall(ATOM + "link"):
            need_address(page, f"link of “{name}”", link.get("href"))
    one_each(page, [item.findtext(ATOM + "id") for item in root.findall(ATOM + "entry")])
    if len(feed.entries) != len(root.findall(ATOM + "entry")):
        complain(page, "feedparser", f"found {len(feed.entries)} entries")


def rss(page, file, root):
    channel = root.find("channel")
    if channel is None or root.get("version") != "2.0":
        return complain(page, "RSS 2.0", "no channel, or another version")
    podcast = channel.find(f".//{ITUNES}image") is not None or channel.find(f".//{ITUNES}duration") is not None
    formats["podcast" if podcast else "rss"].append(file)
    feed = parsed(page, file)
    for tag in ("title", "link", "description"):
        if not (channel.findtext(tag) or "").strip():
            complain(page, "RSS 2.0", f"channel without {tag}")
    need_address(page, "channel link", channel.findtext("link"))
    selves = [link.get("href") for link in channel.findall(ATOM + "link") if link.get("rel") == "self"]
    if selves != [address_of(file)] and not set(selves) & aliases(file):
        complain(page, "atom:link rel=self", f"{selves} is not {address_of(file)}")
    if (channel.findtext("lastBuildDate") or channel.findtext("pubDate")) is None:
        complain(page, "RSS 2.0", "neither lastBuildDate nor pubDate")
    items = channel.findall("item")
    for item in items:
        name, guid = item.findtext("title"), item.find("guid")
        ident = guid is not None and guid.text
        html = item.findtext(CONTENT) or item.findtext("description")
        entry(page, ident, item.findtext("link"), name, html)
        if guid is not None and guid.get("isPermaLink", "true") != "false":
            need_address(page, f"guid of “{name}” says it is a permalink", ident)
        try:
            if parsedate_to_datetime(item.findtext("pubDate")).tzinfo is None:
                raise ValueError("no zone")
        except (TypeError, ValueError) as error:
            complain(page, "pubDate", f"{name}: {item.findtext('pubDate')!r} {error}")
        author = item.findtext("author")
        if author is not None and "@" not in author:
            complain(page, "author is an e-mail address in RSS; names go into dc:creator", f"{name}: {author}")
        for enclosure in item.findall("enclosure"):
            need_enclosure(page, name, enclosure)
    one_each(page, [item.findtext("guid") for item in items])
    if len(feed.entries) != len(items):
        complain(page, "feedparser", f"found {len(feed.entries)} items")
    if podcast:
        episodes(page, channel, items)


def need_enclosure(page, name, enclosure):
    address, length = enclosure.get("url"), enclosure.get("length")
    need_address(page, f"enclosure of “{name}”", address)
    file = file_of(address) if address and address.startswith(BASE) else None
    if file and str(file.stat().st_size) != length:
        complain(page, "enclosure length", f"{name}: {length}, but the file has {file.stat().st_size} bytes")
    if not re.match(r"[a-z]+/[\w.+-]+$", enclosure.get("type") or ""):
        complain(page, "enclosure type", f"{name}: {enclosure.get('type')}")


def episodes(page, channel, items):
    """What podcast directories require."""
    for tag in ("author", "explicit"):
        if not (channel.findtext(ITUNES + tag) or "").strip():
            complain(page, "podcast", f"channel without itunes:{tag}")
    if channel.findtext(ITUNES + "explicit") not in ("true", "false", None):
        complain(page, "podcast", f"itunes:explicit is {channel.findtext(ITUNES + 'explicit')!r}")
    if not (channel.findtext("language") or "").strip():
        complain(page, "podcast", "channel without language")
    image, category = channel.find(ITUNES + "image"), channel.find(ITUNES + "category")
    need_address(page, "itunes:image", image.get("href") if image is not None else None)
    if category is None or not category.get("text"):
        complain(page, "podcast", "channel without itunes:category")
    if channel.find(f".//{PODCAST}guid") is None:
        complain(page, "podcast", "channel without podcast:guid")
    if not items:
        complain(page, "podcast", "no episodes")
    for item in items:
        name = item.findtext("title")
        if len(item.findall("enclosure")) != 1:
            complain(page, "podcast", f"{name}: expected one enclosure")
        if not re.fullmatch(r"\d+|(\d+:)?\d?\d:\d\d", item.findtext(ITUNES + "duration") or ""):
            complain(page, "podcast", f"{name}: itunes:duration is {item.findtext(ITUNES + 'duration')!r}")


def json_feed(page, file, feed, schema):
    formats["json"].append(file)
    for error in jsonschema.Draft7Validator(schema).iter_errors(feed):
        complain(page, "JSON Feed 1.1", f"{'/'.join(map(str, error.path))}: {error.message}")
    if feed.get("version") != "https://jsonfeed.org/version/1.1":
        complain(page, "JSON Feed 1.1", f"version is {feed.get('version')}")
    if feed.get("feed_url") != address_of(file) and feed.get("feed_url") not in aliases(file):
        complain(page, "feed_url", f"{feed.get('feed_url')} is not {address_of(file)}")
    need_address(page, "home_page_url", feed.get("home_page_url"))
    items = feed.get("items", [])
    for item in items:
        entry(page, item.get("id"), item.get("url"), item.get("title"), item.get("content_html"))
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)", item.get("date_published") or ""):
            complain(page, "date_published", f"{item.get('title')}: {item.get('date_published')}")
        for key in ("image", "banner_image", "external_url"):
            if key in item:
                need_address(page, f"{key} of “{item.get('title')}”", item[key])
        for attachment in item.get("attachments", []):
            target = attachment.get("url") or ""
            need_address(page, f"attachment of “{item.get('title')}”", target)
            stored = file_of(target) if target.startswith(BASE) else None
            if stored and attachment.get("size_in_bytes", stored.stat().st_size) != stored.stat().st_size:
                complain(page, "attachment size", f"{target}: {attachment['size_in_bytes']}")
    one_each(page, [item.get("id") for item in items])


same_bytes = defaultdict(set)


def aliases(file):
    """Addresses where the same feed answers too: a site that moved in keeps its old ones, and all name one as theirs."""
    return same_bytes[file.read_bytes()]


def sitemap(all_pages):
    file = DIR / "sitemap.xml"
    if not file.is_file():
        return complain("/sitemap.xml", "missing")
    schema = TOOLS / "node_modules" / "sitemap" / "schema" / "sitemap.xsd"
    run = subprocess.run(["xmllint", "--nonet", "--noout", "--schema", schema, file], capture_output=True, text=True)
    for line in run.stderr.splitlines() if run.returncode else []:
        complain("/sitemap.xml", "schema", line)
    found = [loc.text for loc in ET.parse(file).iter(SITEMAP + "loc")]
    for loc in found:
        if not loc.startswith(BASE) or not file_of(loc):
            complain("/sitemap.xml", "no such page", loc)
        if found.count(loc) > 1:
            complain("/sitemap.xml", "listed twice", loc)
    for page, soup in all_pages.items():
        hidden = soup.find("meta", attrs={"http-equiv": re.compile("refresh", re.I)}) or page.name == "404.html"
        robots = soup.find("meta", attrs={"name": "robots"})
        hidden = hidden or (robots and "noindex" in robots.get("content", ""))
        address = address_of(page)
        # Further pages of a list lead to pages that are listed themselves.
        if not hidden and address not in found and not re.search(r"/page/\d+/$", address):
            complain("/sitemap.xml", "page is not listed", address)
        if hidden and address in found:
            complain("/sitemap.xml", "lists a page that is not to be indexed", address)
    robots = DIR / "robots.txt"
    if not robots.is_file() or f"Sitemap: {BASE}sitemap.xml" not in robots.read_text("utf-8"):
        complain("/robots.txt", "does not name the sitemap", BASE + "sitemap.xml")


def main():
    schema = json.loads((TOOLS / "node_modules" / "jsonfeed-schema" / "schema-v1.1.json").read_text("utf-8"))
    readable = [f for f in sorted(DIR.rglob("*")) if f.is_file() and f.suffix in (".xml", ".rss", ".atom", ".json", ".html", "")]
    for file in readable:
        same_bytes[file.read_bytes()].add(address_of(file))
    for file in readable:
        page = "/" + file.relative_to(DIR).as_posix()
        start = file.read_bytes()[:2000].lstrip(b"\xef\xbb\xbf \r\n\t")
        if file.suffix == ".json":
            try:
                feed = json.loads(file.read_text("utf-8"))
            except ValueError as error:
                complain(page, "JSON", error)
                continue
            if isinstance(feed, dict) and "jsonfeed.org" in str(feed.get("version")):
                json_feed(page, file, feed, schema)
        elif start.startswith(b"<?xml") or b"<feed" in start[:200] or start.startswith(b"<rss"):
            try:
                root = ET.parse(file).getroot()
            except ET.ParseError as error:
                complain(page, "XML", error)
                continue
            if root.tag == ATOM + "feed":
                atom(page, file, root)
            elif root.tag == "rss":
                rss(page, file, root)
    if formats["atom"]:
        run = subprocess.run(["jing", "-c", HERE / "atom.rnc", *formats["atom"]], capture_output=True, text=True)
        # Debian's launcher of jing talks about libraries that it does not need.
        lines = [line for line in (run.stdout + run.stderr).splitlines() if not line.startswith("[warning]")]
        for line in lines if run.returncode else []:
            complain("Atom", "RFC 4287", line.replace(str(DIR), ""))
    for link, idents in ids.items():
        if len(idents) > 1:
            complain(link, "one post has several ids", idents)

    soups = {f: BeautifulSoup(f.read_text("utf-8"), "html.parser") for f in readable if f.suffix == ".html"}
    offered = defaultdict(set)
    for file, soup in soups.items():
        for link in soup.find_all("link", rel="alternate", type=True):
            offered[link["type"]].add(urljoin(address_of(file), link.get("href")))
    for kind, mime in (("atom", "application/atom+xml"), ("rss", "application/rss+xml"), ("json", "application/feed+json")):
        if not formats[kind]:
            complain("(site)", "no feed", kind)
        known = {address for f in formats[kind] + (formats["podcast"] if kind == "rss" else []) for address in [address_of(f), *aliases(f)]}
        for address in offered[mime] - known:
            complain("(site)", f"offered as {mime}, but is not", address)
        if not offered[mime]:
            complain("(site)", "no page offers a feed", mime)
    if not formats["podcast"] and any(soup.main and soup.main.find("audio") for soup in soups.values()):
        complain("(site)", "no feed", "posts have recordings, but there is no podcast")
    sitemap(soups)
    print("feeds: " + ", ".join(f"{len(found)} {kind}" for kind, found in formats.items()) + f", {len(ids)} entries, {len(complaints)} complaints")
    sys.exit(1 if complaints else 0)


main()
