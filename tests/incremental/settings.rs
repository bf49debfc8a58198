//! Edits of `site.toml`.

use crate::dice::Dice;
use crate::edits::Edit;
use crate::world::World;

pub(crate) const EDITS: &[Edit] = &[
    ("the site's title", |world, dice| set(world, dice, "", "title", &["\"Mill & Moor\"", "\"A\""])),
    ("the site's description", |world, dice| set(world, dice, "", "description", &["\"Slow.\"", "\"\""])),
    ("base_url", |world, dice| {
        set(world, dice, "", "base_url", &["\"https://moor.example/below/\"", "\"http://m.example/\""])
    }),
    ("the site's language", |world, dice| {
        set(world, dice, "", "language", &["\"de\"", "\"en-GB\"", "\"fr\"", "\"en\""])
    }),
    ("the time zone", |world, dice| {
        set(world, dice, "", "time_zone", &["\"America/New_York\"", "\"UTC\"", "\"Asia/Tokyo\"", "\"Europe/Berlin\""])
    }),
    ("the theme", |world, dice| set(world, dice, "", "theme", &["\"broadside\"", "\"house\"", "\"none\""])),
    ("the site's picture", |world, dice| {
        set(world, dice, "", "image", &["\"images/lead.jpg\"", "\"images/card.png\""])
    }),
    ("copyright", |world, dice| set(world, dice, "", "copyright", &["\"© 2027\"", "\"nobody's\""])),
    ("an unknown setting", |world, dice| set(world, dice, "", "titel", &["\"x\""])),
    ("page_size", |world, dice| set(world, dice, "lists", "page_size", &["1", "2", "5", "10", "0"])),
    ("the permalink of posts", |world, dice| {
        let all = ["\"/{year}/{month}/{slug}/\"", "\"/{category}/{slug}.html\"", "\"/{slug}/\"", "\"/posts/{path}/\""];
        set(world, dice, "permalinks", "posts", &all)
    }),
    ("the permalink of pages", |world, dice| {
        set(world, dice, "permalinks", "pages", &["\"/p/{path}/\"", "\"/{path}.html\""])
    }),
    ("the permalink of terms", |world, dice| {
        let kind = dice.pick(&["tag", "category", "series", "author"])?;
        set(world, dice, "permalinks", kind, &["\"/t/{slug}/\"", "\"/t/deep/{slug}/\""])
    }),
    ("the permalink of the archive", |world, dice| {
        set(world, dice, "permalinks", "archive", &["\"/all/\"", "\"/posts/all/\""])
    }),
    ("a collection's title", |world, dice| {
        set(world, dice, "collections.notes", "title", &["\"Jottings\"", "\"Notes\""])
    }),
    ("a collection's addresses", |world, dice| {
        set(world, dice, "collections.notes", "permalink", &["\"/n/{slug}/\"", "\"/notes/{year}/{slug}.html\""])
    }),
    ("a collection more", |world, dice| set(world, dice, "collections.extra", "title", &["\"Extra\"", "\"More\""])),
    ("outputs", |world, dice| {
        let key = dice.pick(&[
            "archive",
            "authors",
            "categories",
            "series",
            "sitemap",
            "robots",
            "redirects",
            "not_found",
            "tags",
        ])?;
        set(world, dice, "outputs", key, &["false", "true"])
    }),
    ("how long feeds are", |world, dice| set(world, dice, "feeds", "limit", &["1", "3", "20"])),
    ("whether feeds have whole articles", |world, dice| set(world, dice, "feeds", "full_content", &["false", "true"])),
    ("which feeds there are", |world, dice| {
        set(
            world,
            dice,
            "feeds",
            "for",
            &["[\"site\"]", "[\"site\", \"tag\", \"author\"]", "[\"collection\", \"category\"]"],
        )
    }),
    ("the names of feeds", |world, dice| {
        let kind = dice.pick(&["atom", "rss", "json"])?;
        set(world, dice, "feeds", kind, &["[]", "[\"a.xml\", \"b/\"]", "[\"feed/\"]"])
    }),
    ("feeds of tags", |world, dice| set(world, dice, "feeds.tag", "atom", &["[]", "[\"of-tag.xml\"]"])),
    ("the domain in feeds", |world, dice| {
        set(world, dice, "feeds", "authority", &["\"old.example\"", "\"older.example\""])
    }),
    ("the podcast", |world, dice| {
        let key = dice.pick(&["title", "description", "path"])?;
        set(world, dice, "podcast", key, &["\"aloud.xml\"", "\"spoken.xml\""])
    }),
    ("how Markdown is read", |world, dice| {
        let key = dice.pick(&["highlight", "smart_punctuation", "math", "autolink"])?;
        set(world, dice, "markdown", key, &["false", "true"])
    }),
    ("unknown keys in front matter", |world, dice| {
        set(world, dice, "front_matter", "unknown", &["\"warn\"", "\"error\""])
    }),
    ("widths of pictures", |world, dice| set(world, dice, "images", "widths", &["[16, 20]", "[20]", "[18, 16]"])),
    ("quality of pictures", |world, dice| {
        let key = dice.pick(&["quality", "webp_quality"])?;
        set(world, dice, "images", key, &["20", "95"])
    }),
    ("placeholders of pictures", |world, dice| set(world, dice, "images", "placeholder", &["false", "true"])),
    ("sizes of pictures", |world, dice| set(world, dice, "images", "sizes", &["\"50vw\"", "\"100vw\""])),
    ("a term's name", |world, dice| set(world, dice, "terms.tag.weather", "name", &["\"Wetter\"", "\"Sun & rain\""])),
    ("a term's description", |world, dice| {
        set(world, dice, "terms.category.walks", "description", &["\"On foot.\"", "\"Far.\""])
    }),
    ("the blocks of articles", |world, dice| {
        let (key, values) = dice.pick(&[
            ("header", ["[\"title\", \"image\"]", "[\"date\", \"title\", \"toc\", \"authors\"]"]),
            ("footer", ["[\"related\", \"tags\"]", "[\"neighbours\", \"author_box\", \"series\"]"]),
            ("aside", ["[]", "[\"toc\"]"]),
        ])?;
        set(world, dice, "blocks", key, &values)
    }),
    ("what a block says", |world, dice| {
        let block = dice.pick(&["blocks.banner", "blocks.community", "blocks.podcast", "blocks.lead"])?;
        set(world, dice, block, "title", &["\"Another title\"", "\"A third\""])
    }),
    ("where a block leads", |world, dice| {
        let all = ["\"/tags/\"", "\"posts/boots.md#soles\"", "\"https://h.example/\"", "\"pages/none.md\""];
        set(world, dice, "blocks.banner", "url", &all)
    }),
    ("a block's picture", |world, dice| {
        set(world, dice, "blocks.banner", "image", &["\"images/lead.jpg\"", "\"none.png\""])
    }),
    ("the subscribe form", |world, dice| {
        let key = dice.pick(&["promise", "title", "button"])?;
        set(world, dice, "subscribe", key, &["\"Every day.\"", "\"Never.\""])
    }),
    ("values of the site", |world, dice| set(world, dice, "extra", "motto", &["\"Fast.\"", "\"Not at all.\""])),
    ("an entry of the menu", |world, dice| {
        let to = dice.pick(&["/tags/", "pages/map.md", "posts/river.md", "https://m.example/", "pages/none.md"])?;
        let entry = format!("\n[[navigation]]\nlabel = \"{}\"\nto = \"{to}\"\n", dice.word());
        let text = world.text(FILE) + &entry;
        world.put(FILE, text);
        Some(entry)
    }),
    ("an entry of the menu renamed", |world, dice| {
        let text = world.text(FILE);
        let old = dice.pick(&text.lines().filter(|line| line.starts_with("label = ")).collect::<Vec<_>>())?;
        world.put(FILE, text.replacen(old, &format!("label = \"{}\"", dice.word()), 1));
        Some(old.into())
    }),
    ("an entry of the menu less", |world, _| {
        let text = world.text(FILE);
        let begin = text.find("[[navigation]]")?;
        let end = begin + 1 + text[begin + 1..].find("\n[")?;
        world.put(FILE, format!("{}{}", &text[..begin], &text[end..]));
        Some("the first".into())
    }),
    ("site.toml broken off", |world, dice| {
        let text = world.text(FILE);
        world.put(FILE, text.chars().take(dice.below(text.len() / 2)).collect::<String>());
        Some("half of it".into())
    }),
];

const FILE: &str = "site.toml";

/// Gives a setting another of these values, or takes it away.
fn set(world: &mut World, dice: &mut Dice, table: &str, key: &str, values: &[&'static str]) -> Option<String> {
    let text = world.text(FILE);
    let mut lines: Vec<&str> = text.lines().collect();
    let begin = if table.is_empty() {
        0
    } else {
        lines.iter().position(|line| *line == format!("[{table}]")).map_or(lines.len(), |at| at + 1)
    };
    let end = lines[begin..].iter().position(|line| line.starts_with('[')).map_or(lines.len(), |at| begin + at);
    let old = lines[begin..end].iter().position(|line| line.starts_with(&format!("{key} = "))).map(|at| begin + at);
    if let Some(at) = old
        && !["title", "base_url"].contains(&key)
        && dice.one_in(4)
    {
        lines.remove(at);
        world.put(FILE, lines.join("\n") + "\n");
        return Some(format!("no {key} in [{table}]"));
    }
    let value = dice.pick_but(values, old.map(|at| lines[at].split_once(" = ").unwrap().1))?;
    let (line, heading) = (format!("{key} = {value}"), format!("[{table}]"));
    match old {
        Some(at) => lines[at] = &line,
        None => {
            if begin == lines.len() {
                lines.push(&heading);
            }
            lines.insert(
                if table.is_empty() { 0 } else { begin + usize::from(begin == end && end + 1 == lines.len()) },
                &line,
            );
        }
    }
    world.put(FILE, lines.join("\n") + "\n");
    Some(format!("[{table}] {line}"))
}
