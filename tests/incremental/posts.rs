//! Edits of posts: what their front matter says, what their text says, and where their files are.

use crate::dice::Dice;
use crate::document::Document;
use crate::document::png;
use crate::document::stem;
use crate::edits::Edit;
use crate::world::World;

pub(crate) const EDITS: &[Edit] = &[
    ("a letter of a text", letter),
    ("a paragraph more", paragraph),
    ("a paragraph less", paragraph_less),
    ("a mistake in a text", mistake_in_text),
    ("a mistake in front matter", mistake_in_front_matter),
    ("front matter broken off", broken_front_matter),
    ("a title", title),
    ("a date", date),
    ("draft on or off", |world, dice| toggle(world, dice, "draft", &["true"])),
    ("an expiry", |world, dice| toggle(world, dice, "expires", &["2026-11-18", "2026-10-01", "2027-06-01"])),
    ("updated", |world, dice| toggle(world, dice, "updated", &["2026-11-12", "2026-11-14T12:00"])),
    ("a tag added", |world, dice| add_to(world, dice, "tags", &["weather", "autumn", "tea", "Café", "new"])),
    ("a tag removed", |world, dice| drop_from(world, dice, "tags")),
    ("a tag renamed everywhere", tag_renamed),
    ("a category", |world, dice| toggle(world, dice, "category", &["\"Walks\"", "\"Water\"", "\"Things\"", "\"New\""])),
    ("an author added", |world, dice| add_to(world, dice, "authors", &["jane", "bob", "Carla Diaz", "Eve"])),
    ("an author removed", |world, dice| drop_from(world, dice, "authors")),
    ("a series", |world, dice| toggle(world, dice, "series", &["\"Across the moor\"", "\"Out at sea\"", "\"New\""])),
    ("a slug", |world, dice| toggle(world, dice, "slug", &["\"first\"", "\"second\"", "\"granite\""])),
    ("a whole address", |world, dice| toggle(world, dice, "url", &["\"/2019/walk.html\"", "\"/old/place/\""])),
    ("an alias", |world, dice| add_to(world, dice, "aliases", &["/was/here/", "/once.html", "/old/fog/"])),
    ("an alias removed", |world, dice| drop_from(world, dice, "aliases")),
    ("two posts change addresses", swapped),
    ("two posts at one address", same_address),
    ("a description", |world, dice| toggle(world, dice, "description", &["\"Short.\"", "\"Longer & wider.\""])),
    ("a lead image", |world, dice| {
        toggle(world, dice, "image", &["\"/images/lead.jpg\"", "{ src = \"/images/card.png\", alt = \"A card\" }"])
    }),
    ("a recording", |world, dice| toggle(world, dice, "audio", &["\"/audio/river.wav\"", "\"/audio/ferry.wav\""])),
    ("a language", |world, dice| toggle(world, dice, "language", &["\"fr\"", "\"de\"", "\"ar\""])),
    ("an id", |world, dice| {
        toggle(world, dice, "id", &["\"k3v9q2m7xa\"", "\"an-id\"", "\"https://old.example/?p=1\""])
    }),
    ("values of its own", |world, dice| toggle(world, dice, "extra", &["{ mood = \"dry\" }", "{ pinned = true }"])),
    ("math in a text", |world, dice| toggle(world, dice, "math", &["true", "false"])),
    ("a table of contents", |world, dice| toggle(world, dice, "toc", &["true", "false"])),
    ("a post added", added),
    ("a post renamed", |world, dice| renamed(world, dice, true)),
    ("a post renamed and its links forgotten", |world, dice| renamed(world, dice, false)),
    ("a post moved to the other collection", moved),
    ("a post deleted", |world, dice| deleted(world, dice, true)),
    ("a post deleted and its links forgotten", |world, dice| deleted(world, dice, false)),
    ("a post into a bundle or out of it", bundled),
    ("a heading that links lead to", heading),
    ("YAML for TOML or TOML for YAML", |world, dice| rewritten(world, dice, |post| post.yaml = !post.yaml)),
    ("ends of lines", |world, dice| rewritten(world, dice, |post| post.crlf = !post.crlf)),
];

/// The Markdown files of the collections.
pub(crate) fn posts(world: &World) -> Vec<String> {
    world.paths(|path| {
        path.ends_with(".md") && (path.starts_with("content/posts/") || path.starts_with("content/notes/"))
    })
}

/// Edits one post, and says which.
fn of_one(
    world: &mut World,
    dice: &mut Dice,
    edit: impl FnOnce(&mut Document, &mut Dice) -> Option<String>,
) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    let mut post = Document::parse(&world.files[&path])?;
    let what = edit(&mut post, dice)?;
    world.put(&path, post.render());
    Some(format!("{path}: {what}"))
}

/// Gives a key another of these values, or takes it away.
fn toggle(world: &mut World, dice: &mut Dice, key: &'static str, values: &[&'static str]) -> Option<String> {
    of_one(world, dice, |post, dice| {
        if post.get(key).is_some() && (values.len() == 1 || dice.one_in(2)) {
            post.unset(key);
            return Some(format!("no {key}"));
        }
        let value = dice.pick_but(values, post.get(key))?;
        post.set(key, value);
        Some(format!("{key} = {value}"))
    })
}

fn add_to(world: &mut World, dice: &mut Dice, key: &'static str, words: &[&'static str]) -> Option<String> {
    of_one(world, dice, |post, dice| {
        let mut list = post.list(key);
        let word = dice.pick(words)?;
        if list.iter().any(|other| other == word) {
            return None;
        }
        list.insert(dice.below(list.len() + 1), word.into());
        post.set_list(key, &list);
        Some(format!("{key} = {list:?}"))
    })
}

fn drop_from(world: &mut World, dice: &mut Dice, key: &'static str) -> Option<String> {
    of_one(world, dice, |post, dice| {
        let mut list = post.list(key);
        if list.is_empty() {
            return None;
        }
        list.remove(dice.below(list.len()));
        post.set_list(key, &list);
        Some(format!("{key} = {list:?}"))
    })
}

/// Another letter in the place of one: the file keeps its size.
fn letter(world: &mut World, dice: &mut Dice) -> Option<String> {
    // Many posts have no line that would do.
    (0..12).find_map(|_| of_one(world, dice, change_letter))
}

fn change_letter(post: &mut Document, dice: &mut Dice) -> Option<String> {
    // Nothing that would be a link, a call or code with another letter in it.
    let is_plain = |line: &&str| {
        line.starts_with(|c: char| c.is_ascii_alphabetic()) && !line.contains(['[', '{', '<', '`', '$', '|', '/'])
    };
    let line = dice.pick(&post.body.lines().filter(is_plain).collect::<Vec<_>>())?.to_owned();
    let letters = line.bytes().enumerate().filter(|(_, byte)| byte.is_ascii_alphabetic());
    let at = dice.pick(&letters.map(|(at, _)| at).collect::<Vec<_>>())?;
    let other = if line.as_bytes()[at] == b'q' { "w" } else { "q" };
    let edited = format!("{}{other}{}", &line[..at], &line[at + 1..]);
    post.body = post.body.replacen(&line, &edited, 1);
    Some(format!("{line:?} is {edited:?}"))
}

fn paragraph(world: &mut World, dice: &mut Dice) -> Option<String> {
    let to = dice.pick(&posts(world))?;
    let to = to.strip_prefix("content")?.to_owned();
    of_one(world, dice, |post, dice| {
        let word = dice.word();
        let text = match dice.below(11) {
            0 => format!("A plain {word}."),
            1 => format!("A [link]({to}) to {word}."),
            2 => format!("Called [[{}|{word}]].", stem(&to)),
            3 => format!("## Heading {word}"),
            4 => format!("```rust\nlet {word} = \"&\"; // <!-- more -->\n```"),
            5 => format!("A formula: $x_{{{}}}$ and $$\\frac{{1}}{{2}}$$", dice.below(9)),
            6 => format!("{{{{<figure src=\"/images/lead.jpg\" alt=\"{word}\" />}}}}"),
            7 => format!("{{% <note title=\"{word}\"> %}}\nIn *it*.\n{{% </note> %}}"),
            8 => format!("<p data-x=\"{word}\">Raw.</p>"),
            9 => format!("Above {word}.\n\n<!-- more -->\n\nBelow."),
            _ => "{{<shelf tag=\"weather\" />}} ![A card](/images/card.png \"Titled\")".into(),
        };
        // Above the rest, or below it.
        post.body =
            if dice.one_in(2) { format!("\n{text}\n{}", post.body) } else { format!("{}\n{text}\n", post.body) };
        Some(format!("{text:?} more"))
    })
}

fn paragraph_less(world: &mut World, dice: &mut Dice) -> Option<String> {
    of_one(world, dice, |post, dice| {
        let mut paragraphs: Vec<&str> = post.body.split("\n\n").collect();
        let less = paragraphs.remove(dice.below(paragraphs.len())).to_owned();
        post.body = paragraphs.join("\n\n");
        Some(format!("without {less:?}"))
    })
}

fn mistake_in_text(world: &mut World, dice: &mut Dice) -> Option<String> {
    const MISTAKES: [&str; 8] = [
        "[gone](gone.md)",
        "[[nobody]]",
        "[no part](#no-part)",
        "![No picture](none.png)",
        "{{<none />}}",
        "{{<figure src=\"none.png\" alt=\"x\" />}}",
        "{{<button label=3 />}}",
        "{{<shelf tag=\"weather\" colour=\"red\" />}}",
    ];
    let mistake = dice.pick(&MISTAKES)?;
    of_one(world, dice, |post, _| {
        post.body += &format!("\n{mistake}\n");
        Some(mistake.into())
    })
}

fn mistake_in_front_matter(world: &mut World, dice: &mut Dice) -> Option<String> {
    const MISTAKES: [(&str, &str); 6] = [
        ("titel", "\"x\""),
        ("date", "2026-02-31"),
        ("tags", "\"one\""),
        ("image", "\"none.png\""),
        ("url", "\"no-slash\""),
        ("draft", "3"),
    ];
    let (key, value) = dice.pick(&MISTAKES)?;
    of_one(world, dice, |post, _| {
        post.set(key, value);
        Some(format!("{key} = {value}"))
    })
}

fn broken_front_matter(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    let text = world.text(&path);
    world.put(&path, &text[..text.char_indices().nth(30)?.0]);
    Some(path)
}

fn title(world: &mut World, dice: &mut Dice) -> Option<String> {
    of_one(world, dice, |post, dice| {
        let title = format!("\"A {} & more\"", dice.word());
        post.set("title", &title);
        Some(title)
    })
}

fn date(world: &mut World, dice: &mut Dice) -> Option<String> {
    const DATES: [&str; 7] = [
        "2026-11-15",
        "2026-11-14T23:30",
        "2026-11-15T08:30:00Z",
        "2024-02-29",
        "2025-12-31T23:30",
        "2026-12-01T09:00",
        "2027-01-15",
    ];
    of_one(world, dice, |post, dice| {
        let date = dice.pick_but(&DATES, post.get("date"))?;
        post.set("date", date);
        Some(format!("date = {date}"))
    })
}

fn tag_renamed(world: &mut World, dice: &mut Dice) -> Option<String> {
    let from = dice.pick(&["autumn", "weather", "leather", "grey", "tea"])?;
    let to = dice.pick(&["Herbst".to_owned(), from.to_uppercase()])?;
    let all = posts(world);
    for path in all {
        let Some(mut post) = Document::parse(&world.files[&path]) else { continue };
        let tags = post.list("tags");
        if tags.iter().any(|tag| tag == from) {
            post.set_list(
                "tags",
                &tags.into_iter().map(|tag| if tag == from { to.clone() } else { tag }).collect::<Vec<_>>(),
            );
            world.put(&path, post.render());
        }
    }
    Some(format!("{from} is {to}"))
}

/// Two posts, neither broken.
fn two(world: &World, dice: &mut Dice) -> Option<[(String, Document); 2]> {
    let (one, other) = (dice.pick(&posts(world))?, dice.pick(&posts(world))?);
    let read = |path: String| Document::parse(&world.files[&path]).map(|post| (path, post));
    if one == other { None } else { Some([read(one)?, read(other)?]) }
}

fn swapped(world: &mut World, dice: &mut Dice) -> Option<String> {
    let [(one, mut first), (other, mut second)] = two(world, dice)?;
    let slug =
        |path: &str, post: &Document| post.get("slug").map_or_else(|| format!("\"{}\"", stem(path)), str::to_owned);
    let slugs = (slug(&one, &first), slug(&other, &second));
    first.set("slug", &slugs.1);
    second.set("slug", &slugs.0);
    world.put(&one, first.render());
    world.put(&other, second.render());
    Some(format!("{one} and {other}"))
}

fn same_address(world: &mut World, dice: &mut Dice) -> Option<String> {
    let [(one, mut first), (other, mut second)] = two(world, dice)?;
    for (path, post) in [(&one, &mut first), (&other, &mut second)] {
        post.set("url", "\"/here/both/\"");
        world.put(path, post.render());
    }
    Some(format!("{one} and {other}"))
}

fn added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let word = dice.word();
    let folder = dice.pick(&["posts", "notes", "posts/deeper"])?;
    let day = dice.below(14) + 1;
    let path = format!("content/{folder}/{word}.md");
    let tags = dice.pick(&["\"weather\"", "\"autumn\", \"tea\"", ""])?;
    world.put(&path, format!(
        "+++\ntitle = \"New {word}\"\ndate = 2026-11-{day:02}\nauthors = [\"jane\"]\ncategory = \"Walks\"\ntags = [{tags}]\n+++\n\nIt is [about](/pages/about.md) us.\n"
    ));
    Some(path)
}

/// Links of every file that lead to the post, written anew.
fn relink(world: &mut World, path: &str, to: &str) {
    let file = |path: &str| {
        path.rsplit_once('/').map_or(path.into(), |(_, name)| match name {
            "index.md" => format!("{}/index.md", stem(path)),
            name => name.to_owned(),
        })
    };
    let (old, new) = (file(path), file(to));
    for other in world.paths(|path| path.ends_with(".md") || path == "site.toml") {
        let text = world.text(&other);
        let mut edited = text.clone();
        for (before, after) in [("(", ")"), ("(", "#"), ("(", " "), ("/", ")"), ("/", "#"), ("/", " "), ("/", "\"")] {
            edited = edited.replace(&format!("{before}{old}{after}"), &format!("{before}{new}{after}"));
        }
        if stem(path) != stem(to) {
            for after in ["]]", "|", "#"] {
                edited = edited.replace(&format!("[[{}{after}", stem(path)), &format!("[[{}{after}", stem(to)));
            }
        }
        if edited != text {
            world.put(&other, edited);
        }
    }
}

fn renamed(world: &mut World, dice: &mut Dice, with_links: bool) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    if path.ends_with("/index.md") {
        return None;
    }
    let to = format!("{}{}.md", &path[..=path.rfind('/')?], dice.word());
    let bytes = world.files.remove(&path)?;
    world.files.insert(to.clone(), bytes);
    if with_links {
        relink(world, &path, &to);
    }
    Some(format!("{path} is {to}"))
}

fn moved(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    let (_, name) = path.rsplit_once('/')?;
    if name == "index.md" {
        return None;
    }
    let to = if path.contains("/notes/") { format!("content/posts/{name}") } else { format!("content/notes/{name}") };
    let bytes = world.files.remove(&path)?;
    world.files.insert(to.clone(), bytes);
    Some(format!("{path} is {to}"))
}

fn deleted(world: &mut World, dice: &mut Dice, with_links: bool) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    if posts(world).len() < 8 {
        return None;
    }
    world.files.remove(&path);
    if with_links {
        // Whoever linked to it links to another now.
        relink(world, &path, &dice.pick(&posts(world))?);
    }
    Some(path)
}

fn bundled(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&posts(world))?;
    let mut post = Document::parse(&world.files[&path])?;
    let to = match path.strip_suffix("/index.md") {
        Some(folder) if world.paths(|other| other.starts_with(&format!("{folder}/"))).len() == 1 => {
            format!("{folder}.md")
        }
        Some(_) => return None,
        None => format!("{}/index.md", path.strip_suffix(".md")?),
    };
    post.move_links(to.ends_with("/index.md"));
    world.files.remove(&path);
    if to.ends_with("/index.md") && dice.one_in(2) {
        post.body += "\n![Beside it](beside.png)\n";
        world.put(&to.replace("index.md", "beside.png"), png(12, 12, [9, 9, 9]));
    }
    world.put(&to, post.render());
    relink(world, &path, &to);
    Some(format!("{path} is {to}"))
}

fn heading(world: &mut World, dice: &mut Dice) -> Option<String> {
    let from = dice.pick(&["Along the river", "Soles", "Wheel", "Two"])?;
    let to = dice.word();
    let everywhere = dice.one_in(2);
    let id = from.to_lowercase().replace(' ', "-");
    for path in posts(world) {
        let text = world.text(&path);
        let mut edited = text.replace(&format!("## {from}"), &format!("## {to}"));
        if everywhere {
            edited = edited.replace(&format!("#{id}"), &format!("#{to}"));
        }
        if edited != text {
            world.put(&path, edited);
        }
    }
    Some(format!("{from} is {to}, {}", if everywhere { "with its links" } else { "without its links" }))
}

fn rewritten(world: &mut World, dice: &mut Dice, change: fn(&mut Document)) -> Option<String> {
    of_one(world, dice, |post, _| {
        change(post);
        Some(format!("YAML: {}, CRLF: {}", post.yaml, post.crlf))
    })
}
