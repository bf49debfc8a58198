//! "Did you mean …?"

/// The candidate nearest to `written`, if one is near enough to be meant: about a third of the letters may differ.
#[must_use]
pub fn nearest<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = written.to_lowercase();
    let limit = (written.chars().count().max(3) / 3).max(1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::osa_distance(&lower, &candidate.to_lowercase()), candidate))
        .filter(|(distance, _)| *distance <= limit)
        .min_by(|a, b| a.0.cmp(&b.0).then_with(|| a.1.cmp(b.1)))
        .map(|(_, candidate)| candidate)
}

/// The path nearest to `written`: one whose every part is near, so that what folders and extensions have in common does not count for the names.
#[must_use]
pub fn nearest_path<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let parts = |path: &str| -> Vec<String> {
        let path = path.trim_matches('/');
        let stem = |part: &str| part.rsplit_once('.').map_or(part, |(stem, _)| stem).to_owned();
        path.split('/').map(stem).collect()
    };
    let wanted = parts(written);
    let fits = |candidate: &&str| {
        let own = parts(candidate);
        own.len() == wanted.len() && own.iter().zip(&wanted).all(|(own, part)| nearest(part, [&**own]).is_some())
    };
    let distance = |candidate: &str| strsim::osa_distance(&written.to_lowercase(), &candidate.to_lowercase());
    candidates.into_iter().filter(fits).min_by_key(|candidate| (distance(candidate), *candidate))
}

/// [`nearest`] as a hint.
#[must_use]
pub fn did_you_mean<'a>(written: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<String> {
    nearest(written, candidates).map(|best| format!("did you mean `{best}`?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_and_far() {
        assert_eq!(nearest("titel", ["title", "date"]), Some("title"));
        assert_eq!(nearest("TITLE", ["title"]), Some("title"));
        assert_eq!(nearest("colour", ["title", "date"]), None);
        assert_eq!(nearest("ab", ["xy"]), None);
        let paths = ["posts/other.md", "posts/hello.md", "pages/about.md"];
        assert_eq!(nearest_path("posts/helo.md", paths), Some("posts/hello.md"));
        assert_eq!(nearest_path("page/abuot", paths), Some("pages/about.md"));
        assert_eq!(nearest_path("posts/nowhere.md", paths), None, "a folder in common is no likeness");
    }
}
