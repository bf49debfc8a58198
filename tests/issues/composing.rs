//! What `issue compose` makes.

use letterpress::content::issue::IssueName;
use letterpress::workflow::compose::composition::Which;

use crate::world::World;

fn folders(world: &mut World) -> Vec<String> {
    world.compose().into_iter().map(|made| made.name.folder).collect()
}

#[test]
fn the_next_issue_with_what_no_earlier_one_had() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-02", "");
    world.post("b.md", "2026-11-05", "id = \"x7\"");
    world.post("old.md", "2026-10-20", "");
    world.post("later.md", "2026-11-20", "");
    world.post("unfinished.md", "2026-11-03", "draft = true");
    world.post("private.md", "2026-11-04", "newsletter = { include = false }");
    let [made] = &world.compose()[..] else { panic!("one issue") };
    assert_eq!((made.name.folder.as_str(), made.number, made.added.len()), ("2026-11-15", 1, 2));
    assert_eq!(
        world.text("2026-11-15"),
        "+++\nnumber = 1\nsubject = \"Notes 1: On b\"\npreheader = \"On a\"\noccurrence = \"2026-11-15T09:00[Europe/Berlin]\"\n\
         # What `issue compose` has found so far. A post that stands here and not below was cut: it waits for the next issue.\n\
         offered = [\"x7\", \"posts/a\"]\n+++\n\n{{<post id=\"x7\" about=\"On b\" />}}\n\n{{<post id=\"posts/a\" />}}\n",
        "by default one interval before the first issue"
    );
    world.approve("2026-11-15");
    world.post("backdated.md", "2026-11-01", "");
    world.now = "2026-11-29T09:00:00Z".parse().unwrap();
    assert_eq!(folders(&mut world), ["2026-12-01"]);
    assert_eq!(world.posts("2026-12-01"), ["posts/later", "posts/backdated"], "however it is dated");
    assert!(world.text("2026-12-01").contains("number = 2"));
}

#[test]
fn the_only_post_says_what_it_is_about_behind_the_subject() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-02", "");
    assert_eq!(folders(&mut world), ["2026-11-15"]);
    assert!(world.text("2026-11-15").contains("\npreheader = \"x\"\n"), "{}", world.text("2026-11-15"));
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    let blurb = format!("newsletter = {{ blurb = \"{}\" }}", "words of some length, ".repeat(8));
    world.post("a.md", "2026-11-02", &blurb);
    assert_eq!(folders(&mut world), ["2026-11-15"]);
    let shown = world.text("2026-11-15").split("preheader = \"").nth(1).unwrap().split('"').next().unwrap();
    assert!(shown.starts_with("words of some length, words") && shown.ends_with('…') && shown.len() < 116, "{shown}");
}

#[test]
fn composed_again_it_keeps_what_the_editor_did() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    for post in ["a", "b", "c"] {
        world.post(&format!("{post}.md"), "2026-11-05", "");
    }
    world.compose();
    world.edit("2026-11-15", |text| {
        let (front, _) = text.split_once("+++\n\n").unwrap();
        let front = front.replace("subject = \"Notes 1: On c\"", "subject = \"Mine\"");
        format!("{front}+++\nDear reader,\n\n{{{{<post id=\"posts/c\" blurb=\"Own words\" />}}}}\n\nBetween.\n\n{{{{<post id=\"posts/a\" />}}}}\n\nBye.\n")
    });
    let edited = world.text("2026-11-15").to_owned();
    let [again] = &world.compose()[..] else { panic!("one issue") };
    assert!(again.text.is_none() && again.added.is_empty(), "nothing has come to it");
    assert_eq!(world.text("2026-11-15"), edited);
    world.post("d.md", "2026-11-12", "");
    let [again] = &world.compose()[..] else { panic!("one issue") };
    assert_eq!(again.added, ["On d"]);
    assert_eq!(world.posts("2026-11-15"), ["posts/c", "posts/a", "posts/d"], "b was cut");
    let text = world.text("2026-11-15");
    let expected =
        edited.replace("{{<post id=\"posts/a\" />}}\n", "{{<post id=\"posts/a\" />}}\n\n{{<post id=\"posts/d\" />}}\n");
    let list = |text: &str| text.lines().find(|line| line.starts_with("offered")).unwrap().to_owned();
    assert_eq!(text.replace(&list(text), ""), expected.replace(&list(&expected), ""));
    world.approve("2026-11-15");
    world.now = "2026-11-29T09:00:00Z".parse().unwrap();
    world.compose();
    assert_eq!(world.posts("2026-12-01"), ["posts/b"], "what was cut has waited");
}

#[test]
fn after_downtime_one_issue_for_all_that_was_missed() {
    let mut world = World::new("since = 2026-08-01", "2026-08-14T09:00:00Z");
    world.post("a.md", "2026-08-05", "");
    world.compose();
    world.approve("2026-08-15");
    for (post, date) in [("b", "2026-08-20"), ("c", "2026-09-10"), ("d", "2026-10-20")] {
        world.post(&format!("{post}.md"), date, "");
    }
    world.now = "2026-11-03T09:00:00Z".parse().unwrap();
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    let due = made[0].due.as_ref().unwrap();
    assert_eq!((made[0].name.folder.as_str(), due.missed.len(), warnings.len()), ("2026-11-01", 4, 0));
    assert_eq!(world.posts("2026-11-01"), ["posts/d", "posts/c", "posts/b"]);
    // Another machine that was down longer.
    world.files.remove("issues/notes/2026-11-01/index.md");
    world.now = "2026-11-04T09:00:00Z".parse().unwrap();
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    assert_eq!(made[0].name.folder, "2026-11-01");
    assert_eq!(
        warnings,
        [
            "warning: the issue of 2026-11-01 comes more than three days late [late-issue]; look whether its news is still news before you approve it; it is not sent by itself"
        ]
    );
}

#[test]
fn a_draft_that_nobody_approved_is_spoken_of() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-05", "");
    world.compose();
    world.now = "2026-11-16T09:00:00Z".parse().unwrap();
    assert_eq!(folders(&mut world), ["2026-11-15"], "late, but still open");
    world.now = "2026-11-29T09:00:00Z".parse().unwrap();
    world.post("b.md", "2026-11-25", "");
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    assert_eq!(made[0].name.folder, "2026-12-01");
    assert_eq!(world.posts("2026-12-01"), ["posts/b"]);
    assert_eq!(
        warnings,
        ["warning: the issue notes/2026-11-15 was never approved: its posts are in no other one [forgotten-issue]; \
          approve it, or let its posts go to the next one: letterpress issue cancel notes/2026-11-15"]
    );
    world.edit("2026-11-15", |text| text.replacen("+++\n", "+++\ncancelled = true\n", 1));
    assert_eq!(folders(&mut world), ["2026-12-01"]);
    assert_eq!(world.posts("2026-12-01"), ["posts/b", "posts/a"], "its posts came to the next one");
}

#[test]
fn a_late_draft_takes_what_is_published_until_the_next_one_is_to_be_looked_at() {
    let mut world = World::new("since = 2026-11-01", "2026-11-20T09:00:00Z");
    world.post("a.md", "2026-11-05", "");
    let late = "warning: the issue of 2026-11-15 comes more than three days late [late-issue]; look whether its news is still news before you approve it; it is not sent by itself";
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    assert_eq!((made[0].name.folder.as_str(), warnings), ("2026-11-15", vec![late.to_owned()]));
    world.post("b.md", "2026-11-20", "");
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    assert_eq!((made[0].name.folder.as_str(), warnings), ("2026-11-15", vec![late.to_owned()]));
    assert_eq!(world.posts("2026-11-15"), ["posts/a", "posts/b"]);
    world.now = "2026-11-29T08:00:00Z".parse().unwrap();
    world.post("c.md", "2026-11-25", "");
    let (made, warnings) = world.compose_as(Which::Next, false).unwrap();
    assert_eq!(made[0].name.folder, "2026-12-01", "forty-eight hours before");
    assert!(warnings[0].contains("notes/2026-11-15 was never approved"), "{warnings:?}");
}

#[test]
fn a_title_of_several_lines_is_one_line_in_subject_and_preheader() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    for (post, title) in [("a", "First\\n line"), ("b", "Second\\u0007\\r\\n  line")] {
        world.files.insert(
            format!("posts/{post}.md"),
            format!("+++\ntitle = \"{title}\"\nid = \"{post}1\"\ndate = 2026-11-05\ndescription = \"x\"\n+++\nText.\n"),
        );
    }
    world.compose();
    let text = world.text("2026-11-15");
    assert!(text.contains("subject = \"Notes 1: Second line\"\npreheader = \"First line\"\n"), "{text}");
    assert!(text.contains("about=\"First line\""), "{text}");
    world.approve("2026-11-15");
}

#[test]
fn few_posts_and_many() {
    let mut world = World::new("min_posts = 2\nmax_posts = 3", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-05", "");
    let [made] = &world.compose()[..] else { panic!("one issue") };
    assert_eq!((made.text.as_deref(), made.missing, made.added.len()), (None, 1, 1));
    assert!(!world.files.contains_key("issues/notes/2026-11-15/index.md"));
    for (post, day) in [("b", 6), ("c", 7), ("d", 8), ("e", 9)] {
        world.post(&format!("{post}.md"), &format!("2026-11-0{day}"), "");
    }
    let [made] = &world.compose()[..] else { panic!("one issue") };
    assert_eq!((made.added.as_slice(), made.waiting), (&["On c".to_owned(), "On b".into(), "On a".into()][..], 2));
    world.approve("2026-11-15");
    world.now = "2026-11-29T09:00:00Z".parse().unwrap();
    world.compose();
    assert_eq!(world.posts("2026-12-01"), ["posts/e", "posts/d"]);
    world.approve("2026-12-01");
    world.now = "2026-12-14T09:00:00Z".parse().unwrap();
    let (made, _) = world.compose_as(Which::Next, true).unwrap();
    assert_eq!((made[0].subject.as_str(), made[0].added.len()), ("Notes 3", 0), "--anyway");
    assert!(world.posts("2026-12-15").is_empty());
}

#[test]
fn a_day_without_posts_was_not_missed() {
    let mut world = World::new("", "2026-10-30T09:00:00Z");
    world.post("a.md", "2026-10-20", "");
    world.compose();
    world.approve("2026-11-01");
    world.now = "2026-11-15T09:00:00Z".parse().unwrap();
    let [made] = &world.compose()[..] else { panic!("one issue") };
    assert_eq!((made.name.folder.as_str(), made.text.as_deref()), ("2026-12-01", None), "nothing to send today");
    world.post("b.md", "2026-11-20", "");
    world.now = "2026-11-29T09:00:00Z".parse().unwrap();
    assert_eq!(folders(&mut world), ["2026-12-01"]);
    world.post("c.md", "2026-11-10", "");
    world.files.remove("issues/notes/2026-12-01/index.md");
    assert_eq!(folders(&mut world), ["2026-11-15"], "with posts it was");
}

#[test]
fn only_what_the_newsletter_is_about() {
    let mut world = World::new("categories = [\"Press news\"]\ntags = [\"ink\"]", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-05", "category = \"Press News\"");
    world.post("b.md", "2026-11-06", "tags = [\"Ink\"]");
    world.post("c.md", "2026-11-07", "category = \"Other\"\ntags = [\"paper\"]");
    world.compose();
    assert_eq!(world.posts("2026-11-15"), ["posts/b", "posts/a"]);
}

#[test]
fn each_post_an_issue() {
    let mut world = World::new("schedule = \"each-post\"\nsince = 2026-11-01", "2026-11-13T09:00:00Z");
    world.post("old.md", "2026-10-31", "");
    world.post("a.md", "2026-11-05", "");
    world.post("b.md", "2026-11-12T08:00:00", "");
    world.post("c.md", "2026-11-12T09:00:00", "");
    assert_eq!(folders(&mut world), ["2026-11-05", "2026-11-12", "2026-11-12-2"]);
    assert_eq!(world.posts("2026-11-12-2"), ["posts/c"]);
    let dates: Vec<String> = world.library().0.issues.iter().map(|issue| issue.date.datetime().to_string()).collect();
    assert_eq!(dates, ["2026-11-05T00:00:00", "2026-11-12T08:00:00", "2026-11-12T09:00:00"], "with their posts");
    assert!(world.text("2026-11-12-2").starts_with("+++\nnumber = 3\nsubject = \"On c\"\n"));
    assert_eq!(folders(&mut world), [""; 0]);
    // A cancelled one does not come back under another name; taken back, it is there.
    world.edit("2026-11-05", |text| text.replacen("+++\n", "+++\ncancelled = true\n", 1));
    assert_eq!(folders(&mut world), [""; 0]);
    world.edit("2026-11-05", |text| text.replacen("cancelled = true\n", "", 1));
    world.approve("2026-11-05");
    assert_eq!(world.posts("2026-11-05"), ["posts/a"]);
}

#[test]
fn a_certain_issue() {
    let mut world = World::new("", "2026-11-13T09:00:00Z");
    world.post("a.md", "2026-11-12", "");
    let named = |folder: &str| Which::Named(IssueName { newsletter: "notes".into(), folder: folder.into() });
    let (made, _) = world.compose_as(named("2026-11-20"), false).unwrap();
    assert!(made[0].due.is_none() && made[0].is_new);
    assert!(!world.text("2026-11-20").contains("occurrence"), "a special issue");
    assert_eq!(world.posts("2026-11-20"), ["posts/a"]);
    world.post("b.md", "2026-11-13", "");
    assert_eq!(folders(&mut world), ["2026-11-15"], "the next one is another");
    assert_eq!(world.posts("2026-11-15"), ["posts/b"]);
    world.approve("2026-11-20");
    assert_eq!(
        world.compose_as(named("2026-11-20"), false).unwrap_err(),
        [
            "error: the issue notes/2026-11-20 is approved [not-a-draft]; to change it, take the approval back: letterpress issue reopen notes/2026-11-20"
        ]
    );
    world.edit("2026-11-15", |text| text.replacen("+++\n", "+++\ncancelled = true\n", 1));
    assert_eq!(
        world.compose_as(named("2026-11-15"), false).unwrap_err(),
        [
            "error: the issue notes/2026-11-15 is cancelled [not-a-draft]; to send it after all: letterpress issue reopen notes/2026-11-15"
        ]
    );
    assert_eq!(
        world.compose_as(named("tomorrow"), false).unwrap_err(),
        ["error: `tomorrow` is no day [bad-issue-name]; name the issue by its day: 2026-11-15"]
    );
    assert_eq!(folders(&mut world), ["2026-12-01"], "the 15th has had its issue");
}
