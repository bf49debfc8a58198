//! Edits of the site's theme: templates, components, styles, static files and words.

use crate::dice::Dice;
use crate::edits::Edit;
use crate::world::World;

const HOUSE: &str = "themes/house/";

pub(crate) const EDITS: &[Edit] = &[
    ("a page's template", |world, dice| appended(world, dice, &["post", "home", "page", "author", "404", "base"])),
    ("a partial that others include", |world, dice| appended(world, dice, &["strip", "foot"])),
    ("a template that takes the place of the base theme's", template_added),
    ("a template removed", |world, dice| removed(world, dice, &["templates/web/"])),
    ("a mistake in a template", mistake),
    ("what a template asks of the library", question),
    ("a component", component),
    ("a component that takes the place of the base theme's", component_added),
    ("a component removed", |world, dice| removed(world, dice, &["templates/components/", "templates/feed/"])),
    ("a component for feeds", feed_component),
    ("a parameter of a component", parameter),
    ("a style", |world, dice| style(world, dice, "main.scss")),
    ("a style that another imports", |world, dice| style(world, dice, "_tokens-of-house.scss")),
    ("a style that some pages link", |world, dice| style(world, dice, "print.css")),
    ("a style that asks for the base theme's", |world, _| {
        replace(
            world,
            "styles/main.scss",
            "@use \"tokens-of-house\"",
            "@use \"broadside/tokens\";\n@use \"tokens-of-house\"",
        )
    }),
    ("a mistake in a style", |world, dice| {
        let text = dice.pick(&["body { color: $none; }\n", "@use \"none\";\n", "a {\n"])?;
        add(world, "styles/main.scss", text)
    }),
    ("the list of styles", |world, dice| {
        let list =
            dice.pick(&["[\"main.scss\"]", "[\"print.css\", \"main.scss\"]", "[\"main.scss\", \"none.css\"]"])?;
        line(world, "theme.toml", "styles = ", list)
    }),
    ("which pages link a style", |world, dice| {
        let pages = dice.pick(&["{ \"print.css\" = [\"home\"] }", "{ \"main.scss\" = [\"list\", \"post\"] }", "{}"])?;
        line(world, "theme.toml", "style_pages = ", pages)
    }),
    ("values of the theme", |world, dice| line(world, "theme.toml", "accent = ", &format!("\"{}\"", dice.word()))),
    ("the theme's version", |world, dice| {
        line(world, "theme.toml", "version = ", &format!("\"0.{}.0\"", dice.below(90)))
    }),
    ("a static file", |world, dice| {
        let file = dice.pick(&["static/mark.svg", "static/house.js"])?;
        add(world, file, &format!("<!-- {} -->\n", dice.word()))
    }),
    ("a static file added", |world, dice| {
        let file = dice.pick(&["static/new.txt", "static/theme.js", "static/fonts/OFL.txt", "static/files/map.txt"])?;
        put(world, file, &dice.word())
    }),
    ("a static file removed", |world, dice| removed(world, dice, &["static/"])),
    ("words", |world, dice| {
        let key = dice.pick(&["motto = ", "by = "])?;
        line(world, "languages/en.toml", key, &format!("\"{}\"", dice.word()))
    }),
    ("words added", |world, dice| {
        let text = dice.pick(&["latest = \"The latest\"\n", "posts = \"Articles\"\n", "page_n = \"Sheet {n}\"\n"])?;
        let text = format!("{text}{}", world.text("themes/house/languages/en.toml").replace(text, ""));
        put(world, "languages/en.toml", &text)
    }),
    ("words removed", |world, dice| {
        let begin = dice.pick(&["motto", "elsewhere", "by", "latest", "posts"])?;
        let text = world.text("themes/house/languages/en.toml");
        let kept: String =
            text.lines().filter(|line| !line.starts_with(begin)).map(|line| format!("{line}\n")).collect();
        if kept == text { None } else { put(world, "languages/en.toml", &kept) }
    }),
    ("words of another language", |world, dice| {
        let (file, word) = (dice.pick(&["de", "fr", "en-GB"])?, dice.word());
        put(world, &format!("languages/{file}.toml"), &format!("motto = \"{word}\"\nby = \"{word}\"\n"))
    }),
    ("another base theme", |world, dice| {
        let base = dice.pick(&["\"none\"", "\"house\""])?;
        line(world, "theme.toml", "extends = ", base)
    }),
    ("a theme beside it", |world, dice| {
        let path = "themes/broadside/theme.toml";
        if world.files.remove(path).is_some() {
            return Some("no theme of the base theme's name any more".into());
        }
        let word = dice.word();
        world.put(path, format!("name = \"Near\"\nletterpress = \">=0.1\"\ndescription = \"{word}\"\n"));
        Some("an empty theme of the base theme's name".into())
    }),
];

fn put(world: &mut World, file: &str, text: &str) -> Option<String> {
    world.put(&format!("{HOUSE}{file}"), text);
    Some(format!("{file}: {text:?}"))
}

/// Puts text at the end of a file that is there.
fn add(world: &mut World, file: &str, text: &str) -> Option<String> {
    let path = format!("{HOUSE}{file}");
    let old = world.files.get_mut(&path)?;
    old.extend(text.as_bytes());
    Some(format!("{file}: {text:?} more"))
}

fn replace(world: &mut World, file: &str, from: &str, to: &str) -> Option<String> {
    let path = format!("{HOUSE}{file}");
    let text = world.text(&path);
    if !text.contains(from) || text.contains(to) {
        return None;
    }
    world.put(&path, text.replacen(from, to, 1));
    Some(format!("{file}: {to:?} for {from:?}"))
}

/// Gives the line that begins so another value.
fn line(world: &mut World, file: &str, begin: &str, value: &str) -> Option<String> {
    let path = format!("{HOUSE}{file}");
    let text = world.text(&path);
    let old = text.lines().find(|line| line.starts_with(begin))?;
    world.put(&path, text.replacen(old, &format!("{begin}{value}"), 1));
    Some(format!("{file}: {begin}{value}"))
}

fn removed(world: &mut World, dice: &mut Dice, folders: &[&str]) -> Option<String> {
    let is_there = |path: &str| {
        path.strip_prefix(HOUSE).is_some_and(|below| folders.iter().any(|folder| below.starts_with(folder)))
    };
    let path = dice.pick(&world.paths(is_there))?;
    world.files.remove(&path)?;
    Some(path)
}

fn appended(world: &mut World, dice: &mut Dice, names: &[&str]) -> Option<String> {
    let path = format!("templates/web/{}.html", dice.pick(names)?);
    let word = dice.word();
    // In a template that extends another, what stands outside its blocks is nowhere.
    if replace(world, &path, "{% endblock main %}", &format!("<i>{word}</i>{{% endblock main %}}")).is_some() {
        return Some(format!("{path}: {word} more"));
    }
    add(world, &path, &format!("<!-- {word} -->"))
}

fn template_added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let (file, text) = dice.pick(&[
        ("card", "<p>{{ item.title }}, {{ item.words }} {{ t(key=\"motto\") }}</p>"),
        ("row", "<p>{{ item.date.text }}: {{ item.title }} {{ item.extra | json_encode }}</p>"),
        ("list", "{% extends \"broadside/web/list.html\" %}{% block main %}{{ super() }}{% for term in terms(kind=\"tag\") %}{{ term.name }}{{ term.count }}{% endfor %}{% endblock main %}"),
        ("term", "{% extends \"broadside/web/term.html\" %}{% block main %}{{ super() }}{{ posts(tag=term.slug) | length }}{% endblock main %}"),
        ("archive", "{% extends \"broadside/web/archive.html\" %}{% block main %}{{ super() }}{{ years() | length }}{% endblock main %}"),
        ("blocks/neighbours", "<p>{% if post.previous %}{{ post.previous.title }}{% endif %}</p>"),
    ])?;
    put(world, &format!("templates/web/{file}.html"), text)
}

fn mistake(world: &mut World, dice: &mut Dice) -> Option<String> {
    let text = dice.pick(&[
        "{{ site.none }}",
        "{% if site.title %}",
        "{{ asset(path=\"none.js\") }}",
        "{{ link(to=\"pages/none.md\") }}",
        "{{ t(key=\"none\") }}",
        "{% include \"web/none.html\" %}",
        "{{ posts(collection=\"none\") | length }}",
    ])?;
    let file = dice.pick(&["foot", "strip"])?;
    add(world, &format!("templates/web/{file}.html"), text)
}

fn question(world: &mut World, dice: &mut Dice) -> Option<String> {
    let text = dice.pick(&[
        "{{ posts() | length }}",
        "{% for item in posts(tag=\"tea\") %}{{ item.url }}{% endfor %}",
        "{% for item in posts(author=\"jane\", limit=1) %}{{ item.updated.text }}{% endfor %}",
        "{% for item in posts(series=\"across-the-moor\") %}{{ item.reading_time }}{% endfor %}",
        "{% for page in pages() %}{{ page.title }}{% endfor %}",
        "{% for author in authors() %}{{ author.bio }}{% endfor %}",
        "{{ picture(image=image(src=\"/images/lead.jpg\"), alt=\"\") }}",
        "{% for year in years() %}{{ year.count }}{% endfor %}",
        "{% for collection in collections() %}{{ collection.title }}{% endfor %}",
        "{{ link(to=\"posts/boots.md\") }}",
        "{{ asset(path=\"images/card.png\") }}",
    ])?;
    let file = dice.pick(&["foot", "strip", "base"])?;
    if file == "base" {
        return replace(
            world,
            "templates/web/404.html",
            "{% endblock main %}",
            &format!("{text}{{% endblock main %}}"),
        );
    }
    add(world, &format!("templates/web/{file}.html"), text)
}

fn component(world: &mut World, dice: &mut Dice) -> Option<String> {
    let name = dice.pick(&["note", "shelf"])?;
    let end = format!("{{% endcomponent {name} %}}");
    replace(world, &format!("templates/components/{name}.html"), &end, &format!("<i>{}</i>\n{end}", dice.word()))
}

fn component_added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let (name, text) = dice.pick(&[
        ("button", "{% component button(label: string, url: string) %}<b><a href=\"{{ url }}\">{{ label }}</a></b>{% endcomponent button %}"),
        ("figure", "{% component figure(src: string, alt: string, ...rest) %}{{ picture(image=image(src=src), alt=alt) }}{% endcomponent figure %}"),
        ("pullquote", "{% component pullquote(@site, by: string = \"\") %}<q title=\"{{ site.title }}\">{{ body }}</q>{% endcomponent pullquote %}"),
        ("subscribe", "{% component subscribe(@subscribe) %}<p>{{ subscribe.promise }}</p>{% endcomponent subscribe %}"),
        // A second of one name in one theme.
        ("note-again", "{% component note() %}{{ body }}{% endcomponent note %}"),
    ])?;
    put(world, &format!("templates/components/{name}.html"), text)
}

fn feed_component(world: &mut World, dice: &mut Dice) -> Option<String> {
    let word = dice.word();
    let text = format!(
        "{{% component button(label: string, url: string) %}}<a href=\"{{{{ url }}}}\">{word}</a>{{% endcomponent button %}}"
    );
    put(world, "templates/feed/components/button.html", &text)
}

fn parameter(world: &mut World, dice: &mut Dice) -> Option<String> {
    let to = dice.pick(&["tag: string, limit: integer = 2", "tag: integer", "tag: string, must: string"])?;
    replace(world, "templates/components/shelf.html", "tag: string", to)
}

fn style(world: &mut World, dice: &mut Dice, file: &str) -> Option<String> {
    if file.starts_with('_') {
        return line(world, &format!("styles/{file}"), "$ink: ", &format!("#{:06x};", dice.below(0x0100_0000)));
    }
    add(world, &format!("styles/{file}"), &format!(".{} {{ margin: 0 }}\n", dice.word()))
}
