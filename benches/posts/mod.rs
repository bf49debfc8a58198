//! The posts of the benchmarks: always the same, in the shape of a real blog's. And the site that they stand in.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::path::PathBuf;

/// The folder of the site, without posts.
pub(crate) fn site() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/site")
}

/// A folder and all that is in it.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().map(Result::unwrap) {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// A generator of numbers that are the same in every run (Knuth's MMIX constants).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: usize) -> Self {
        Self(seed as u64 ^ 0x9e37_79b9_7f4a_7c15)
    }

    pub(crate) fn throw(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    fn word(&mut self) -> &'static str {
        const WORDS: [&str; 32] = [
            "paper", "margin", "ink", "reader", "letter", "column", "editor", "type", "page", "line", "draft", "proof",
            "season", "garden", "harbour", "window", "question", "answer", "notebook", "morning", "station", "ticket",
            "quiet", "narrow", "honest", "careful", "early", "writes", "keeps", "finds", "carries", "opens",
        ];
        WORDS[self.throw(WORDS.len())]
    }
}

/// The front matter: `toml` or `yaml` for Letterpress, or `hugo`.
pub(crate) fn front(number: usize, syntax: &str) -> String {
    let dice = &mut Dice::new(number);
    let (fence, is) = if syntax == "yaml" { ("---", ":") } else { ("+++", " =") };
    // Hugo knows categories only as a list.
    let (category, opens, closes) = if syntax == "hugo" { ("categories", "[", "]") } else { ("category", "", "") };
    format!(
        "{fence}\ntitle{is} \"The {} and the {} {number}\"\ndate{is} 2026-{:02}-{:02}\n\
         description{is} \"What the {} {} when the {} is {}\"\ntags{is} [\"{}\", \"{}-craft\"]\n\
         {category}{is} {opens}\"{}\"{closes}\nauthors{is} [\"The {} desk\"]\n{fence}\n",
        dice.word(),
        dice.word(),
        1 + dice.throw(9),
        10 + dice.throw(18),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        dice.word(),
        ["Design", "Email", "Research"][dice.throw(3)],
        ["news", "mail", "type"][dice.throw(3)],
    )
}

/// About six hundred words: headings, lists, a quote, links, a table, a footnote, and code in one of three.
pub(crate) fn body(number: usize) -> String {
    let dice = &mut Dice::new(number + 10_000);
    let mut text = String::new();
    for section in 0..5 {
        let (first, second) = (dice.word(), dice.word());
        write!(text, "\n## {first} {second} {section}\n\n").unwrap();
        for _ in 0..2 {
            for _ in 0..4 {
                sentence(dice, &mut text);
            }
            text.push_str("\n\n");
        }
        match section {
            1 => {
                text.push_str("> ");
                sentence(dice, &mut text);
                text.push('\n');
            }
            2 => {
                for _ in 0..4 {
                    text.push_str("- ");
                    sentence(dice, &mut text);
                    text.push('\n');
                }
            }
            3 if number.is_multiple_of(3) => {
                let language = ["rust", "python", "js"][dice.throw(3)];
                write!(text, "```{language}\n{}```\n", code(dice, language)).unwrap();
            }
            4 => {
                text.push_str("| Name | Count |\n|------|------:|\n");
                for row in 0..4 {
                    writeln!(text, "| {} | {row} |", dice.word()).unwrap();
                }
            }
            _ => {}
        }
    }
    text + "\nThe last word is in the note.[^1]\n\n[^1]: It is a short one.\n"
}

fn sentence(dice: &mut Dice, text: &mut String) {
    let length = 9 + dice.throw(9);
    text.push_str("The ");
    for at in 0..length {
        let word = dice.word();
        match (at, dice.throw(40)) {
            (_, 0) => write!(text, "**{word}** "),
            (_, 1) => write!(text, "*{word}* "),
            (_, 2) => write!(text, "`{word}` "),
            (_, 3) => write!(text, "[{word}](https://example.com/{word}) "),
            _ => write!(text, "{word} "),
        }
        .unwrap();
    }
    text.push_str("at last. ");
}

/// About ten lines that differ from number to number.
pub(crate) fn code(dice: &mut Dice, language: &str) -> String {
    let (a, b, c) = (dice.word(), dice.word(), dice.word());
    let n = dice.throw(1000);
    match language {
        "rust" => format!(
            "/// The {a} of each {b}.\npub fn {a}_of({b}: &[String], most: usize) -> Option<usize> {{\n    \
             let mut {c} = {n};\n    for (at, item) in {b}.iter().enumerate().take(most) {{\n        \
             if item.len() < {n} || at % 7 == 3 {{\n            continue; // {c}\n        }}\n        \
             {c} += item.matches('{}').count();\n    }}\n    println!(\"{{}} {a}\", {c});\n    Some({c})\n}}\n",
            &a[..1]
        ),
        "python" => format!(
            "def {a}({b}, {c}={n}):\n    \"\"\"Keep the {a} of every {b}.\"\"\"\n    \
             found = [item for item in {b} if len(item) > {n}]\n    for at, item in enumerate(found):\n        \
             if at % 3 == 0:\n            continue  # {c}\n        yield f\"{a} {{item}} {{{c}}}\".strip()\n"
        ),
        _ => format!(
            "const {a} = document.querySelector('#{b}-{n}');\n{a}?.addEventListener('click', async (event) => {{\n  \
             event.preventDefault();\n  const {c} = new Map([['{b}', {n}]]);\n  \
             const answer = await fetch(`/{a}/${{{c}.get('{b}')}}`, {{ method: 'POST' }});\n  \
             if (!answer.ok) throw new Error(`{c} failed: ${{answer.status}}`); // {b}\n}});\n"
        ),
    }
}
