//! Ids for headings: the author's own, else made of the text; unique and stable.

use std::collections::HashMap;
use std::collections::HashSet;

use crate::content::text;
use crate::content::tree::Kind;
use crate::content::tree::Text;
use crate::content::tree::Tree;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::source::Source;
use crate::value::slug::Slug;

/// Gives each heading among `headings` (indices of nodes) that has no id one made of its text; a second heading of the same text gets `-1`, a third `-2`, as on GitHub. Ids
/// that the author wrote are never taken; one written twice is an error.
pub(in crate::content) fn assign(tree: &mut Tree<'_>, headings: &[usize], source: &Source, report: &mut Report) {
    let mut used: HashSet<String> = HashSet::new();
    for &index in headings {
        let node = &tree.nodes[index];
        if let Kind::Heading(heading) = &node.kind
            && !heading.id.is_empty()
            && !used.insert(heading.id.to_string())
        {
            report.push(
                Diagnostic::error("duplicate-id", format!("two headings have the id `{}`", heading.id))
                    .at(source, node.span.clone())
                    .hint("give one of them another id, or none"),
            );
        }
    }
    // How many times a text was seen, so that a thousand equal headings do not try a thousand numbers each.
    let mut seen: HashMap<String, usize> = HashMap::new();
    let mut plain = String::new();
    for &index in headings {
        let end = tree.nodes[index].end;
        let Kind::Heading(heading) = &tree.nodes[index].kind else { continue };
        if !heading.id.is_empty() {
            continue;
        }
        plain.clear();
        text::append_plain(tree, index + 1..end, &mut plain);
        let base = base_id(&plain);
        let count = seen.entry(base.clone()).or_insert(0);
        let mut id = if *count == 0 { base.clone() } else { format!("{base}-{count}") };
        *count += 1;
        while !used.insert(id.clone()) {
            id = format!("{base}-{count}");
            *count += 1;
        }
        if let Kind::Heading(heading) = &mut tree.nodes[index].kind {
            heading.id = Text::from(id);
        }
    }
}

/// The id of a text before it is made unique. `fn-…` and `fnref-…` belong to footnotes.
fn base_id(plain: &str) -> String {
    let slug = Slug::from_text(plain).map_or_else(|| "section".to_owned(), |slug| slug.as_str().to_owned());
    if slug.starts_with("fn-") || slug.starts_with("fnref-") { format!("section-{slug}") } else { slug }
}
