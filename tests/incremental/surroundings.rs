//! Edits of what stands around the posts: pages, profiles, pictures, recordings and other files.

use crate::dice::Dice;
use crate::document::Document;
use crate::document::png;
use crate::document::wav;
use crate::edits::Edit;
use crate::world::World;

pub(crate) const EDITS: &[Edit] = &[
    ("a page's text", |world, dice| of_one(world, dice, "content/pages/", words)),
    ("a page's title", |world, dice| of_one(world, dice, "content/pages/", title)),
    ("a page as a draft", |world, dice| of_one(world, dice, "content/pages/", page_draft)),
    ("a page added", page_added),
    ("a page renamed", page_renamed),
    ("a page deleted", |world, dice| removed(world, dice, |path| path.starts_with("content/pages/"))),
    ("a biography", |world, dice| of_one(world, dice, "content/authors/", words)),
    ("an author's name", |world, dice| of_one(world, dice, "content/authors/", name)),
    ("an author's photo", |world, dice| of_one(world, dice, "content/authors/", photo)),
    ("an author's links", |world, dice| of_one(world, dice, "content/authors/", links)),
    ("a profile added", profile_added),
    ("a profile removed", |world, dice| removed(world, dice, |path| path.starts_with("content/authors/"))),
    ("a picture of the same size", |world, dice| picture(world, dice, true)),
    ("a picture of another size", |world, dice| picture(world, dice, false)),
    ("a photograph", photograph),
    ("a picture damaged", damaged),
    ("a picture added", picture_added),
    ("a picture removed", |world, dice| removed(world, dice, |path| path.ends_with(".png"))),
    ("a recording of another length", recording),
    ("a file", |world, dice| file(world, dice, &["content/files/map.txt", "content/posts/mill/paper.txt"])),
    ("a file added", |world, dice| {
        let path = format!("content/files/{}.txt", dice.word());
        world.put(&path, "New.\n");
        Some(path)
    }),
    ("a file removed", |world, dice| removed(world, dice, |path| path.ends_with(".txt") || path.ends_with(".svg"))),
    ("a file in the place of the program's", |world, dice| {
        file(world, dice, &["content/robots.txt", "content/_redirects", "content/404.html", "content/sitemap.xml"])
    }),
    ("a file in the place of the theme's", |world, dice| {
        file(world, dice, &["content/house.js", "content/mark.svg", "content/theme.js"])
    }),
    ("a file in the place of the program's or the theme's removed", |world, dice| {
        let is_in_place = |path: &str| path.matches('/').count() == 1 && path.starts_with("content/");
        removed(world, dice, is_in_place)
    }),
    ("an icon", |world, dice| {
        file(
            world,
            dice,
            &["content/favicon.svg", "content/favicon.ico", "content/site.webmanifest", "content/logo.svg"],
        )
    }),
    ("Markdown that is in no collection", |world, dice| {
        file(world, dice, &["content/stray.md", "content/files/stray.md"])
    }),
];

type Change = fn(&mut Document, &mut Dice) -> Option<String>;

fn of_one(world: &mut World, dice: &mut Dice, folder: &str, change: Change) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.starts_with(folder) && path.ends_with(".md")))?;
    let mut document = Document::parse(&world.files[&path])?;
    let what = change(&mut document, dice)?;
    world.put(&path, document.render());
    Some(format!("{path}: {what}"))
}

fn words(document: &mut Document, dice: &mut Dice) -> Option<String> {
    let text = match dice.below(3) {
        0 => format!("More of {}.", dice.word()),
        1 => "See [[boots]].".into(),
        _ => "{{<shelf tag=\"tea\" />}}".into(),
    };
    document.body += &format!("\n{text}\n");
    Some(text)
}

fn title(document: &mut Document, dice: &mut Dice) -> Option<String> {
    document.set("title", &format!("\"Page {}\"", dice.word()));
    Some("another title".into())
}

fn page_draft(document: &mut Document, _: &mut Dice) -> Option<String> {
    if document.get("draft").is_some() {
        document.unset("draft");
    } else {
        document.set("draft", "true");
    }
    Some("a draft or none".into())
}

fn name(document: &mut Document, dice: &mut Dice) -> Option<String> {
    let name = dice.pick_but(&["\"Jane Roe\"", "\"Carla Diaz\"", "\"Zoë Ash\""], document.get("name"))?;
    document.set("name", name);
    Some(name.into())
}

fn photo(document: &mut Document, dice: &mut Dice) -> Option<String> {
    if document.get("photo").is_some() && dice.one_in(2) {
        document.unset("photo");
        return Some("none".into());
    }
    document.set("photo", "\"/images/lead.jpg\"");
    Some("another".into())
}

fn links(document: &mut Document, dice: &mut Dice) -> Option<String> {
    let url = dice.pick(&["https://new.example/", "mailto:a@new.example", "/about/"])?;
    document.set("links", &format!("[{{ label = \"{}\", url = \"{url}\" }}]", dice.word()));
    Some(url.into())
}

fn page_added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = format!("content/pages/{}.md", dice.pick(&["new", "house/new", "old/fog"])?);
    world.put(&path, format!("+++\ntitle = \"{}\"\n+++\n\nNew. [About](/pages/about.md).\n", dice.word()));
    Some(path)
}

fn page_renamed(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.starts_with("content/pages/")))?;
    let to = format!("content/pages/{}.md", dice.word());
    let bytes = world.files.remove(&path)?;
    world.files.insert(to.clone(), bytes);
    Some(format!("{path} is {to}"))
}

fn profile_added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let (id, name) =
        dice.pick(&[("carla", "Carla Diaz"), ("dora", "Dora"), ("eve", "Eve"), ("carla-diaz", "C. Diaz")])?;
    let path = format!("content/authors/{id}.md");
    world.put(&path, format!("+++\nname = \"{name}\"\n+++\n\nShe has [[boots]].\n"));
    Some(path)
}

fn removed(world: &mut World, dice: &mut Dice, which: fn(&str) -> bool) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.starts_with("content/") && which(path)))?;
    world.files.remove(&path)?;
    Some(path)
}

fn picture(world: &mut World, dice: &mut Dice, same_size: bool) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.ends_with(".png")))?;
    let old = &world.files[&path];
    let measure = |at: usize| old.get(at..at + 4).map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    let (width, height) = (measure(16)?, measure(20)?);
    let shade = u8::try_from(dice.below(256)).unwrap();
    let new = png(if same_size { width } else { width % 30 + 5 }, height, [shade, shade ^ 0x55, 200]);
    world.put(&path, new);
    Some(path)
}

/// Another photograph of the same size: what its file says of itself differs, or its pixels do.
fn photograph(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = "content/images/lead.jpg";
    let mut bytes = world.files.get(path)?.clone();
    let text = [b"\xFF\xFE\0\x06seen".to_vec(), b"\xFF\xFE\0\x06kept".to_vec()];
    if text.iter().any(|text| bytes.get(2..10) == Some(text)) {
        bytes.drain(2..10);
    }
    bytes.splice(2..2, dice.pick(&text)?);
    world.put(path, bytes);
    Some(path.into())
}

fn damaged(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.ends_with(".png") || path.ends_with(".jpg")))?;
    let half = world.files[&path].len() / 2;
    world.files.get_mut(&path)?.truncate(half);
    Some(path)
}

fn picture_added(world: &mut World, dice: &mut Dice) -> Option<String> {
    let shade = u8::try_from(dice.below(256)).unwrap();
    let path =
        dice.pick(&["content/posts/mill/more.png", "content/images/more.png", "content/apple-touch-icon.png"])?;
    world.put(path, png(20, 14, [shade, 0, 0]));
    let mut shown = "";
    let post = "content/posts/mill/index.md";
    if path.contains("mill") && world.files.contains_key(post) && dice.one_in(2) {
        world.put(post, world.text(post) + "\n![More](more.png)\n");
        shown = ", shown";
    }
    Some(format!("{path}{shown}"))
}

fn recording(world: &mut World, dice: &mut Dice) -> Option<String> {
    let path = dice.pick(&world.paths(|path| path.ends_with(".wav")))?;
    world.put(&path, wav(u32::try_from(dice.below(9000) + 100).unwrap()));
    Some(path)
}

fn file(world: &mut World, dice: &mut Dice, paths: &[&'static str]) -> Option<String> {
    let path = dice.pick(paths)?;
    let text = if path.ends_with(".svg") {
        let size = dice.below(90) + 10;
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{size}\" height=\"{size}\"/>\n")
    } else if path.ends_with(".webmanifest") {
        "{}\n".into()
    } else {
        format!("{}\n", dice.word())
    };
    world.put(path, text);
    Some(path.into())
}
