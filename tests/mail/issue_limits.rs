//! Issues of which somebody wants too much: many posts, hostile texts, broken links.

use std::fmt::Write;

use letterpress::config::issues::Shape;
use letterpress::edition::mail::issue::Detail;
use letterpress::files::tree::FileTree;
use letterpress::value::path::SitePath;
use mail_parser::MessageParser;

use crate::issues::letter;
use crate::site::Site;
use crate::support;

const HEAD: &str = "+++\nsubject = \"Many\"\n+++\n";

fn tree(files: &[(String, String)]) -> FileTree {
    let mut tree = FileTree::new();
    for (path, text) in files {
        tree.insert_memory(SitePath::parse(path).unwrap(), text.as_bytes());
    }
    tree
}

fn site(files: &[(String, String)]) -> Site {
    Site::new(&support::theme("broadside"), "en", "", &tree(files))
}

fn many(count: usize, about: &str) -> (Vec<(String, String)>, String) {
    let mut files = Vec::new();
    let ids: Vec<String> = (0..count).map(|n| format!("\"p{n}\"")).collect();
    let mut issue = format!("+++\nsubject = \"Many\"\noffered = [{}]\n+++\n", ids.join(", "));
    for n in 0..count {
        let text = format!(
            "+++\ntitle = \"Post number {n}, about nothing much\"\nid = \"p{n}\"\ndate = 2026-10-01\ncategories = [\"C{}\"]\ndescription = \"{about}\"\n+++\nText.\n",
            n % 3
        );
        files.push((format!("posts/post-{n}.md"), text));
        let _ = write!(issue, "\n{{{{<post id=\"p{n}\" />}}}}\n");
    }
    (files, issue)
}

#[test]
fn long_issues_are_shortened_and_stand_by_category() {
    let about = "A description of some length, as they are in life, with a comma or two in it. ".repeat(3);
    let (files, issue) = many(90, &about);
    let site = site(&files);
    let mail = site.draw(Shape::Digest, &issue).unwrap();
    assert_eq!(mail.detail, Detail::Brief);
    assert!(mail.mail.html_octets() <= 100_000);
    let said = support::lines(mail.report.clone());
    assert!(
        said[0].starts_with("warning: the mail of the issue fortnightly/2026-11-15 would have ")
            && said[0].ends_with(
                " kB of HTML, more than Gmail shows: cards have no pictures and short texts [shortened-mail]; take posts out, or let them wait for the next issue"
            ),
        "{said:?}"
    );
    let groups: Vec<usize> = ["C1", "C2", "C0"]
        .iter()
        .map(|name| mail.mail.html.find(&format!(">{name}</h2>")).unwrap_or_else(|| panic!("{name}")))
        .collect();
    assert!(groups.is_sorted(), "in the order in which they come");
    assert!(mail.mail.text.contains("\nC1\n--\n"), "{}", mail.mail.text);
    assert!(mail.page.contains(about.trim()), "the page has room for all of it");
    // Two hundred are a list of titles, and what asks for everything gets it, with a warning.
    let (files, issue) = many(200, &about);
    let site = self::site(&files);
    let mail = site.draw(Shape::Digest, &issue).unwrap();
    assert_eq!(mail.detail, Detail::Titles);
    assert!(mail.mail.html_octets() <= 100_000, "{}", mail.mail.html_octets());
    assert_eq!(mail.posts.len(), 200);
    assert!(mail.weights.iter().all(|weight| *weight > 0));
    let whole = site.draw_as(Shape::Digest, &issue, Some(Detail::Full)).unwrap();
    let said = support::lines(whole.report.clone());
    assert!(
        said[0].contains(" kB of HTML; Gmail cuts what is longer than 102 kB, the link to leave with it [heavy-mail]; shorten what you wrote, or take posts out; most of it is in “"),
        "{said:?}"
    );
}

/// The lines of a text that are titles of those posts or one of those headings.
fn order(mail: &str, headings: &[&str]) -> Vec<String> {
    let lines = mail.lines().filter(|line| headings.contains(line) || line.starts_with("* Post number"));
    lines.map(|line| line.replace("* Post number ", "").replace(", about nothing much", "")).collect()
}

#[test]
fn an_order_of_the_editors_own_is_kept() {
    let (mut files, issue) = many(10, "Short.");
    for at in [4, 7] {
        files[at].1 = files[at].1.replacen("categories = [\"C1\"]\n", "", 1);
    }
    let headings = ["C0", "C1", "C2", "More"];
    let site = site(&files);
    let mail = site.draw(Shape::Digest, &issue).unwrap();
    let grouped = ["C1", "1", "C2", "2", "5", "8", "C0", "3", "6", "9", "More", "4", "7"];
    assert_eq!(order(&mail.mail.text, &headings), grouped, "{}", mail.mail.text);
    assert!(mail.mail.html.contains(">More</h2>") && mail.page.contains("<h2>More</h2>"));

    let line = |n: usize| format!("\n{{{{<post id=\"p{n}\" />}}}}\n");
    let turned = issue.replace(&line(3), "\n@\n").replace(&line(8), &line(3)).replace("\n@\n", &line(8));
    let own: Vec<String> = [1, 2, 8, 4, 5, 6, 7, 3, 9].iter().map(usize::to_string).collect();
    assert_eq!(order(&site.draw(Shape::Digest, &turned).unwrap().mail.text, &headings), own);
    // What was cut is missing, and the rest is in its order still.
    let cut = site.draw(Shape::Digest, &issue.replace(&line(9), "")).unwrap();
    assert_eq!(order(&cut.mail.text, &headings), grouped.iter().copied().filter(|it| *it != "9").collect::<Vec<_>>());

    let plain = Site::new(&support::theme("broadside"), "en", "group_by_category = false", &tree(&files));
    let plain = plain.draw(Shape::Digest, &issue).unwrap();
    assert_eq!(order(&plain.mail.text, &headings), (1..10).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn an_article_that_is_too_long_comes_as_its_summary() {
    let text = format!(
        "+++\ntitle = \"Long\"\nid = \"long\"\ndate = 2026-10-01\n+++\nThe beginning.\n\n<!-- more -->\n\n{}",
        "A paragraph of an endless article, which goes on.\n\n".repeat(2500)
    );
    let site = site(&[("posts/long.md".into(), text)]);
    let mail = site.draw(Shape::Letter, &format!("{HEAD}{{{{<post id=\"long\" />}}}}\n")).unwrap();
    assert_eq!(mail.detail, Detail::Brief);
    assert!(mail.mail.html.contains("The beginning.") && !mail.mail.html.contains("endless"));
    assert!(mail.mail.html.contains(">Continue reading</a>") && mail.mail.text.contains("Continue reading: https://"));
    assert!(support::lines(mail.report)[0].contains("the article is cut to its summary [shortened-mail]"));
    assert!(mail.page.contains("endless"));
}

/// Files and an issue of all that breaks mails.
pub(crate) fn hostile() -> (FileTree, String) {
    let long = "Donaudampfschifffahrtsgesellschaft".repeat(12);
    let texts = [
        format!("{long} and https://example.org/{long}"),
        "مرحبا بكم في نشرتنا البريدية، وهي تصل مرتين في الشهر. ".repeat(12),
        "👩‍👩‍👧‍👦🏳️‍🌈 ".repeat(80),
        "読者への約束。".repeat(40),
        "</td></tr></table></div><div style=\"position:fixed\">out</div><!--[if mso]><b><![endif]--><a href=\"javascript:alert(1)\">j</a> <img src=/x onerror=alert(1)>".to_owned(),
        "> ".repeat(60) + "deep",
        format!("| {}\n|{}\n| {}", "head | ".repeat(20), "---|".repeat(20), "cell | ".repeat(20)),
        "\u{f8fd}0\u{f8fd} \u{f8fe}1/\u{f8fe} \u{202e}turned\u{202c} \u{0}".to_owned(),
        "```html\n</pre><script>alert(1)</script>\n".to_owned() + &"x".repeat(3000) + "\n```",
    ];
    let mut files = Vec::new();
    let mut issue =
        String::from("+++\nsubject = \"<b>\\\"Hello\\\"</b> & مرحبا 👋\"\npreheader = \"</title><script>\"\n+++\n");
    for (n, text) in texts.iter().enumerate() {
        let head = format!(
            "+++\ntitle = \"{} <i>&\"\nid = \"p{n}\"\ndate = 2026-10-01\n+++\n",
            text.lines().next().unwrap().replace(['"', '\\', '\0'], "'")
        );
        files.push((format!("posts/post-{n}.md"), head + text));
        let _ = write!(
            issue,
            "\n{}\n\n{{% <post id=\"p{n}\"> %}}\n\n{}\n\n{{% </post> %}}\n",
            text,
            texts[(n + 1) % texts.len()]
        );
    }
    (tree(&files), issue)
}

#[test]
fn hostile_texts_break_neither_part() {
    let (content, issue) = hostile();
    let site = Site::new(&support::theme("broadside"), "en", "", &content);
    for shape in [Shape::Digest, Shape::Letter] {
        let mail = site.draw(shape, &issue).unwrap_or_else(|report| panic!("{:#?}", support::lines(report)));
        let html = &mail.mail.html;
        for tag in html.split('<').skip(1).filter_map(|rest| rest.split('>').next()) {
            for active in ["onerror", "javascript:", "position:fixed"] {
                assert!(!tag.contains(active), "{tag}");
            }
            assert!(!tag.starts_with("script") && !tag.starts_with("/script"), "{tag}");
        }
        // The frame of the theme is closed where it was opened: what leaves stands last, in the sheet.
        let sheet = html.find("class=\"colophon\"").unwrap();
        assert!(html.find("turned").is_none_or(|at| at < sheet) && html.matches("class=\"colophon\"").count() == 1);
        let letter = letter(&mail).octets;
        let message = MessageParser::default().parse(&letter).unwrap();
        assert_eq!(message.subject().unwrap(), "<b>\"Hello\"</b> & مرحبا 👋");
        assert!(letter.split(|b| *b == b'\n').all(|line| line.len() <= 79));
        assert_eq!(message.body_text(0).unwrap().trim().replace("\r\n", "\n"), mail.mail.text.trim());
    }
}

#[test]
fn mistakes_are_told_together() {
    let post = |id: &str| {
        (format!("posts/{id}.md"), format!("+++\ntitle = \"{id}\"\nid = \"{id}\"\ndate = 2026-10-01\n+++\nText.\n"))
    };
    let mut tree = tree(&[post("a")]);
    tree.insert_memory(SitePath::parse("images/torn.jpg").unwrap(), &b"\xff\xd8\xff"[..]);
    let site = Site::new(&support::theme("broadside"), "en", "", &tree);
    let text = format!(
        "{HEAD}[a](../../../posts/b.md) ![Torn](../../../images/torn.jpg)\n\n{{{{<post id=\"a\" />}}}}\n\n{{{{<post id=\"gone\" />}}}}\n"
    );
    let said = support::lines(site.draw(Shape::Digest, &text).unwrap_err());
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(said.iter().any(|line| line.contains("posts/b.md") && line.contains("[broken-link]")), "{said:#?}");
    assert!(
        said.iter().any(|line| line.contains("the picture images/torn.jpg cannot be sent: damaged JPEG")
            && line.ends_with("[bad-image]; replace it, or leave it out")),
        "{said:#?}"
    );
    // Without posts it is a letter of the editor's own; of a post that is not there nothing is shown.
    let mail = site.draw(Shape::Digest, &format!("{HEAD}Only *words*.\n")).unwrap();
    assert!(mail.mail.html.contains("Only <em>words</em>.") && mail.posts.is_empty() && mail.images.is_empty());
    let one = site
        .draw(Shape::Digest, &format!("{HEAD}{{{{<post id=\"gone\" />}}}}\n\n{{{{<post id=\"a\" />}}}}\n"))
        .unwrap();
    assert_eq!(one.posts.len(), 1);
}
