//! Words: forms, fallbacks, dates.

use crate::support::CHILD;
use crate::support::good;
use crate::support::mistakes;
use letterpress::theme::words::DateStyle;
use letterpress::value::language::Language;

const ENGLISH: &str = "posted = \"Posted under\"\nmore = \"More by {name}\"\n\
    minutes = { one = \"{count} minute\", other = \"{count} minutes\" }\n[date]\nlong = \"{day} {month} {year}\"\n\
    months = [\"January\", \"February\", \"March\", \"April\", \"May\", \"June\", \"July\", \"August\", \"September\", \"October\", \"November\", \"December\"]\n\
    months_short = [\"Jan\", \"Feb\", \"Mar\", \"Apr\", \"May\", \"Jun\", \"Jul\", \"Aug\", \"Sept\", \"Oct\", \"Nov\", \"Dec\"]\n[mail]\nfooter = \"Bye\"\n";

#[test]
fn words_plurals_and_fallbacks() {
    let theme = good(
        "child",
        &[
            CHILD,
            ("mini/languages/en.toml", ENGLISH),
            ("mini/languages/fr.toml", "minutes = { one = \"{count} minute\", other = \"{count} minutes (fr)\" }\n"),
            (
                "mini/languages/zh-Hant.toml",
                "posted = \"分類\"\nminutes = { other = \"{count} 分鐘\" }\ndate.long = \"{year}年{month_number}月{day}日\"\n",
            ),
            ("mini/languages/zh.toml", "posted = \"分类\"\nmore = \"更多 {name}\"\n"),
            ("child/languages/en.toml", "posted = \"Filed under\"\n"),
        ],
    );
    let words = &theme.words;
    let say = |key: &str, language: &str, count: Option<i64>| {
        let language = Language::parse(language).unwrap();
        words
            .text(key, &language, count, &[("name", "Ann".to_owned())])
            .unwrap_or_else(|error| format!("{} | {:?}", error.message, error.hint))
    };
    assert_eq!(say("posted", "en-GB", None), "Filed under");
    assert_eq!(say("mail.footer", "de-AT", None), "Bye");
    assert_eq!(say("posted", "zh-Hant-TW", None), "分類");
    assert_eq!(say("more", "zh-Hant-TW", None), "更多 Ann");
    assert_eq!(say("minutes", "zh-Hant-TW", Some(1)), "1 分鐘");
    assert_eq!((say("minutes", "en", Some(1)), say("minutes", "en", Some(0))), ("1 minute".into(), "0 minutes".into()));
    assert_eq!(
        (say("minutes", "fr", Some(0)), say("minutes", "fr", Some(2))),
        ("0 minute".into(), "2 minutes (fr)".into())
    );
    // French rules do not apply to words that come from the English file.
    assert_eq!(say("minutes", "de", Some(0)), "0 minutes");
    assert_eq!(say("postd", "en", None), "no language file has the word `postd` | Some(\"did you mean `posted`?\")");
    assert_eq!(
        say("minutes", "en", None),
        "the word `minutes` has forms for one and for many | Some(\"write t(key=\\\"minutes\\\", count=…)\")"
    );
    let date = jiff::civil::date(2026, 9, 5);
    let text = |style, language| words.date_text(style, date, &Language::parse(language).unwrap());
    assert_eq!(text(DateStyle::Long, "en"), "5 September 2026");
    assert_eq!(text(DateStyle::Short, "en"), "5 Sept");
    assert_eq!(text(DateStyle::Long, "zh-Hant-TW"), "2026年9月5日");
    assert_eq!(words.month(2, &Language::parse("en").unwrap()), "February");
}

#[test]
fn mistakes_in_words() {
    let report = mistakes(&[
        ("mini/languages/en.toml", "a = 3\nb = { other = \"x\", oen = \"y\" }\n[date]\nmonths = [\"January\"]\n"),
        ("mini/languages/de.toml", "a = \n"),
        ("mini/languages/english language.toml", "a = \"x\"\n"),
        ("mini/templates/web/post.html", "{{ head }}{{ t(key=\"bb\") }}"),
    ]);
    assert_eq!(
        report[..5],
        [
            "themes/mini/languages/de.toml:1:5: error: invalid TOML: string values must be quoted, expected literal string [toml-syntax]",
            "themes/mini/languages/en.toml:1:5: error: `a` must be a string, not an integer [wrong-type]",
            "themes/mini/languages/en.toml:2:20: error: `oen` is no plural form [unknown-key]; did you mean `one`?; forms: zero, one, two, few, many, other",
            "themes/mini/languages/en.toml:4:10: error: `date.months` must be a list of the twelve months' names [wrong-type]",
            "themes/mini/languages/english language.toml:1:1: error: `english language` is no language tag [bad-language]; name the file after its language: en.toml, pt-BR.toml",
        ]
    );
    assert_eq!(
        report[5],
        "themes/mini/templates/web/post.html:1:21: error: no language file has the word `bb` [unknown-word]; did you mean `b`?"
    );
}
