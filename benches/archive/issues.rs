//! Issues that were approved: always the same, as heavy as they are in life.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use jiff::civil::DateTime;
use jiff::civil::date;
use jiff::tz::TimeZone;
use letterpress::content::frozen;
use letterpress::content::frozen::FrozenPost;
use letterpress::content::frozen::Parts;

use crate::posts;
use crate::posts::Dice;

/// The newsletter that they are of.
pub(crate) const NEWSLETTER: &str = "digest";
/// Posts of an issue, at most.
const POSTS: usize = 8;
/// Octets of an issue's mail, and of the pictures of its first post and of the others.
const MAIL: usize = 45_000;
const LEAD: usize = 120_000;
const CARD: usize = 35_000;

/// The day of an issue: the 1st or the 15th, from 2016 on.
fn day(number: usize) -> DateTime {
    let months = number / 2;
    let (year, month) = (2016 + months / 12, 1 + months % 12);
    date(year.try_into().unwrap(), month.try_into().unwrap(), if number.is_multiple_of(2) { 1 } else { 15 })
        .at(9, 0, 0, 0)
}

/// Writes an issue of up to `most` posts that no other issue has, below the site in `root`. Gives the octets of its files.
pub(crate) fn write(root: &Path, number: usize, most: usize) -> usize {
    let day = day(number);
    let name = day.date().to_string();
    let own = (number * most..(number + 1) * most).take(POSTS);
    let posts: Vec<FrozenPost> = own
        .map(|post| FrozenPost {
            id: format!("posts/post-{post:06}"),
            title: format!("Number {post}"),
            url: format!("https://bench.example/posts/post-{post:06}/"),
        })
        .collect();
    let mut source = format!(
        "+++\nnumber = {}\nsubject = \"Bench {number}\"\npreheader = \"And more\"\n+++\nGood morning.\n",
        number + 1
    );
    for post in &posts {
        write!(source, "\n{{{{<post id=\"{}\" />}}}}\n", post.id).unwrap();
    }
    let text = posts::body(number);
    let words: String = text.chars().filter(|c| !"<>&\"{}".contains(*c)).collect();
    let paragraph = format!("<p style=\"margin:0 0 18px;color:#1f1b16;font-family:Georgia,serif\">{words}</p>\n");
    let pictures = posts.iter().enumerate().map(|(at, _)| {
        (format!("picture-{at}-{number}.jpg"), noise(number * POSTS + at, if at == 0 { LEAD } else { CARD }))
    });
    let parts = Parts {
        newsletter: NEWSLETTER.into(),
        issue: name.clone(),
        number: (number + 1).try_into().unwrap(),
        date: day.to_zoned(TimeZone::UTC).unwrap().timestamp(),
        occurrence: None,
        subject: format!("Bench {number}"),
        preheader: "And more".into(),
        source: source.clone(),
        links: posts.iter().map(|post| post.url.clone()).collect(),
        mail_html: paragraph.repeat(MAIL / paragraph.len() + 1),
        mail_text: words.clone(),
        page: paragraph,
        images: pictures.collect(),
        posts,
    };
    let (_, files) = frozen::freeze(parts).unwrap();
    let folder = root.join("content/issues").join(NEWSLETTER).join(name);
    fs::create_dir_all(folder.join("frozen/images")).unwrap();
    fs::write(folder.join("index.md"), &source).unwrap();
    for (name, bytes) in &files {
        fs::write(folder.join("frozen").join(name), bytes).unwrap();
    }
    source.len() + files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>()
}

/// Octets that look like a picture from outside, and compress as little.
fn noise(seed: usize, length: usize) -> Vec<u8> {
    let dice = &mut Dice::new(seed);
    [0xff, 0xd8, 0xff].into_iter().chain((3..length).map(|_| u8::try_from(dice.throw(256)).unwrap())).collect()
}
