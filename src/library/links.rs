//! Where links, wikilinks, images and anchors lead; broken ones are errors with a suggestion.

use std::ops::Range;
use std::sync::OnceLock;

use hashbrown::HashMap;
use hashbrown::HashSet;

use crate::content::document::Body;
use crate::content::links::Reference;
use crate::content::links::ReferenceKind;
use crate::content::links::has_scheme;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::library::address::Address;
use crate::library::address::below;
use crate::library::assets;
use crate::library::model::AssetId;
use crate::library::model::Library;
use crate::library::model::PostId;
use crate::library::model::Resolved;
use crate::library::posts;
use crate::value::path::SitePath;
use crate::value::url::Permalink;

/// What can be linked to.
pub struct Resolver<'a> {
    library: &'a Library,
    /// Posts and pages by their path below `content/`.
    documents: HashMap<&'a str, PostId>,
    /// Profiles by their path: where their page is, and the name.
    profiles: HashMap<&'a str, (Option<&'a Permalink>, &'a str)>,
    /// For wikilinks: stem, slug, title in lower case. Made when the first wikilink is met.
    names: OnceLock<HashMap<String, Vec<PostId>>>,
    plan: &'a [Address],
    /// Every address of the plan, decoded, below the root. Made when the first link is met that is no file.
    addresses: OnceLock<HashSet<String>>,
}

/// Why a reference leads nowhere.
struct Broken {
    code: &'static str,
    message: String,
    hint: Option<String>,
}

impl Broken {
    fn new(code: &'static str, message: String, hint: Option<String>) -> Self {
        Self { code, message, hint }
    }
}

impl<'a> Resolver<'a> {
    /// Gathers what can be linked to.
    #[must_use]
    pub fn new(library: &'a Library, plan: &'a [Address]) -> Self {
        let documents = library.posts.iter().enumerate();
        let documents = documents.map(|(index, post)| (post.document.body.file.path.as_str(), PostId(index))).collect();
        let profiles = library
            .authors
            .iter()
            .filter_map(|author| {
                let profile = author.profile.as_ref()?;
                Some((profile.body.file.path.as_str(), (author.permalink.as_ref(), author.name.as_str())))
            })
            .collect();
        Self { library, documents, profiles, names: OnceLock::new(), plan, addresses: OnceLock::new() }
    }

    fn names(&self) -> &HashMap<String, Vec<PostId>> {
        self.names.get_or_init(|| {
            let mut names: HashMap<String, Vec<PostId>> = HashMap::with_capacity(self.library.posts.len() * 2);
            for (index, post) in self.library.posts.iter().enumerate() {
                let path = &post.document.body.file.path;
                let stem =
                    if path.stem() == "index" { path.folder().rsplit('/').next().unwrap_or("") } else { path.stem() };
                let own = [stem, &post.document.name, &post.slug, &post.title, posts::bare_path(path.as_str())];
                let mut own = own.map(str::to_lowercase).to_vec();
                own.sort_unstable();
                own.dedup();
                for name in own {
                    names.entry(name).or_default().push(PostId(index));
                }
            }
            names
        })
    }

    fn addresses(&self) -> &HashSet<String> {
        self.addresses.get_or_init(|| self.plan.iter().map(|address| below(&address.permalink)).collect())
    }

    /// Resolves all references of a body; `own` is its page. External ones are left out.
    #[must_use]
    pub fn resolve_all(&self, body: &Body, own: &Permalink) -> (Vec<(usize, Resolved)>, Report) {
        let mut report = Report::new();
        let mut resolved = Vec::new();
        for reference in &body.references {
            // A title may well have a colon in it.
            let external = reference.is_external() && reference.kind != ReferenceKind::Wikilink;
            let inside = external.then(|| self.inside(reference)).flatten();
            if external && inside.is_none() {
                if is_dangerous(&reference.dest) {
                    let message = format!("the link `{}` would run a program in the reader's browser", reference.dest);
                    let broken = Broken::new("dangerous-link", message, Some("link to an address".to_owned()));
                    report.push(complaint(broken, body, reference.span.clone()));
                }
                continue;
            }
            match self.resolve(inside.as_ref().unwrap_or(reference), body, own) {
                Ok(Some(target)) => resolved.push((reference.span.start, target)),
                Ok(None) => {}
                Err(broken) => report.push(complaint(broken, body, reference.span.clone())),
            }
        }
        resolved.sort_by_key(|(start, _)| *start);
        (resolved, report)
    }

    /// A link that names the site by its whole address, as one from the site's root.
    fn inside(&self, reference: &Reference) -> Option<Reference> {
        let rest = reference.dest.strip_prefix(self.library.base.origin())?;
        let below = rest.strip_prefix(self.library.base.root())?;
        Some(Reference { dest: format!("/{below}"), ..reference.clone() })
    }

    fn resolve(&self, reference: &Reference, body: &Body, own: &Permalink) -> Result<Option<Resolved>, Broken> {
        let written = &*reference.dest;
        let path = decoded(reference.path());
        if reference.kind == ReferenceKind::Wikilink {
            return self.wikilink(&path, reference.fragment()).map(Some);
        }
        if path.is_empty() {
            if let Some(fragment) = reference.fragment() {
                check_anchor(body, fragment, "this page")?;
            }
            // `#part` of the page itself works in every edition that shows the page alone; in lists and feeds it needs the page's own address.
            return Ok(None);
        }
        let (path, query) = path.split_once('?').map_or((&*path, None), |(path, query)| (path, Some(query)));
        let folder = body.file.path.folder();
        let file = SitePath::resolve(folder, path).ok();
        if let Some(file) = &file
            && let Some(target) = self.content(file.as_str(), reference.fragment())?
        {
            return Ok(Some(match target {
                Resolved::Asset(id) if reference.kind == ReferenceKind::Image && self.is_image(id) => {
                    Resolved::Image(id)
                }
                Resolved::Asset(id) if reference.kind == ReferenceKind::ArgumentFile && self.is_image(id) => {
                    Resolved::Image(id)
                }
                other => other,
            }));
        }
        let is_file = matches!(reference.kind, ReferenceKind::Image | ReferenceKind::ArgumentFile);
        if !is_file && let Some(target) = self.address(path, query, reference.fragment(), own) {
            return Ok(Some(target));
        }
        let code = if is_file { "missing-file" } else { "broken-link" };
        let noun = match reference.kind {
            ReferenceKind::Image => "the image",
            ReferenceKind::ArgumentFile => "the file",
            _ => "the link's target",
        };
        Err(Broken::new(code, format!("{noun} `{written}` does not exist"), self.suggest(path, folder, is_file)))
    }

    /// A file below `content/`: `posts/hello.md`, `posts/hello/` with its `index.md`, `favicon.ico`.
    fn content(&self, path: &str, fragment: Option<&str>) -> Result<Option<Resolved>, Broken> {
        let bundle = format!("{path}/index.md");
        if let Some(id) = self.documents.get(path).or_else(|| self.documents.get(&*bundle)) {
            return self.page(*id, fragment).map(Some);
        }
        if let Some((permalink, name)) = self.profiles.get(path) {
            return Ok(permalink.map(|permalink| Resolved::Page {
                path: with_fragment(permalink.path(), None, fragment),
                title: (*name).to_owned(),
            }));
        }
        Ok(self.library.asset_at(path).map(Resolved::Asset))
    }

    fn page(&self, id: PostId, fragment: Option<&str>) -> Result<Resolved, Broken> {
        let post = self.library.post(id);
        if !post.shown {
            let message =
                format!("“{}” is {}: readers would find nothing there", post.title, state_words(post.state.word()));
            let hint = "publish it first, or build with --drafts or --future to look at it".to_owned();
            return Err(Broken::new("unpublished-link", message, Some(hint)));
        }
        if let Some(fragment) = fragment {
            check_anchor(&post.document.body, fragment, &format!("“{}”", post.title))?;
        }
        Ok(Resolved::Page { path: with_fragment(post.permalink.path(), None, fragment), title: post.title.clone() })
    }

    /// Where a relative address of a text's own HTML leads, as one of Markdown would: the path from the host's root. `None` leaves it as it is: it has a scheme, begins at the host's root,
    /// or is a place of the text itself.
    ///
    /// # Errors
    /// A mistake as that of a Markdown link.
    pub fn raw(&self, written: &str, body: &Body, own: &Permalink) -> Result<Option<String>, Box<Diagnostic>> {
        if written.is_empty() || written.starts_with(['#', '/', '?']) || has_scheme(written) {
            return Ok(None);
        }
        let source = body.source().ok();
        let text = source.as_ref().map_or("", |source| source.text());
        // An address stands there as it is, or with its `&` escaped.
        let spellings = [written.to_owned(), written.replace('&', "&amp;")];
        let below = text.get(body.range.start..).unwrap_or_default();
        let quoted = |spelling: &String| ['"', '\'', '='].iter().find_map(|c| below.find(&format!("{c}{spelling}")));
        let found = spellings.iter().find_map(|spelling| Some((quoted(spelling)? + 1, spelling.len())));
        let span = found.map_or(body.range.start..body.range.start, |(at, length)| {
            body.range.start + at..body.range.start + at + length
        });
        let path = written.split(['#', '?']).next().unwrap_or_default();
        let kind = if assets::is_image(path) { ReferenceKind::Image } else { ReferenceKind::Link };
        let reference = Reference { kind, dest: written.to_owned(), span: span.clone() };
        let beside_page = || {
            let at = self.library.base.join(&below_folder(own, path)?);
            self.library.assets.iter().any(|asset| asset.permalink.path() == at.path()).then(|| at.path().to_owned())
        };
        match self.resolve(&reference, body, own) {
            Ok(target) => Ok(target.map(|target| match target {
                Resolved::Page { path, .. } => path,
                Resolved::Asset(id) | Resolved::Image(id) => self.library.asset(id).permalink.path().to_owned(),
            })),
            Err(broken) => match beside_page() {
                Some(path) => Ok(Some(path)),
                None => Err(Box::new(complaint(broken, body, span))),
            },
        }
    }

    fn wikilink(&self, target: &str, fragment: Option<&str>) -> Result<Resolved, Broken> {
        let key = target.trim().trim_end_matches(".md").to_lowercase();
        match self.names().get(&key).map_or(&[][..], Vec::as_slice) {
            [one] => self.page(*one, fragment),
            [] => {
                let mut names: Vec<&str> = self.names().keys().map(String::as_str).collect();
                names.sort_unstable();
                let hint = suggest::nearest(&key, names);
                let hint = hint.map(|name| format!("did you mean [[{name}]]?"));
                Err(Broken::new("broken-link", format!("no post or page is called `{target}`"), hint))
            }
            several => {
                let paths: Vec<&str> =
                    several.iter().map(|id| self.library.post(*id).document.body.file.path.as_str()).collect();
                let hint = format!("write one of: {}", paths.join(", "));
                Err(Broken::new("ambiguous-link", format!("`{target}` could be {} posts", several.len()), Some(hint)))
            }
        }
    }

    /// An address of the output: `/tags/`, `/feed.xml`, or relative to the page's own address.
    fn address(&self, path: &str, query: Option<&str>, fragment: Option<&str>, own: &Permalink) -> Option<Resolved> {
        let root = self.library.base.root();
        let below_root = if let Some(absolute) = path.strip_prefix('/') {
            let with_slash = format!("/{absolute}");
            with_slash.strip_prefix(root).map_or_else(|| absolute.to_owned(), str::to_owned)
        } else {
            let folder = below(own);
            let folder = folder.rfind('/').map_or("", |slash| &folder[..slash]);
            let joined = SitePath::resolve(folder, path).ok()?.to_string();
            if path.ends_with('/') { joined + "/" } else { joined }
        };
        let candidates =
            [below_root.clone(), format!("{below_root}/"), below_root.trim_end_matches("index.html").to_owned()];
        let known = candidates.into_iter().find(|candidate| self.addresses().contains(candidate))?;
        let permalink = self.library.base.join(&known);
        Some(Resolved::Page { path: with_fragment(permalink.path(), query, fragment), title: known })
    }

    /// The paths of posts and pages, in their order.
    fn paths(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.library.posts.iter().map(|post| post.document.body.file.path.as_str())
    }

    fn is_image(&self, id: AssetId) -> bool {
        assets::is_image(self.library.asset(id).file.path.as_str())
    }

    /// The nearest existing file, as the document would have to write it.
    fn suggest(&self, path: &str, folder: &str, is_file: bool) -> Option<String> {
        let wanted = SitePath::resolve(folder, path).map_or_else(|_| path.to_owned(), |path| path.to_string());
        let files = self.library.assets.iter().map(|asset| asset.file.path.as_str());
        let best = if is_file {
            suggest::nearest_path(&wanted, files)
        } else {
            let found = suggest::nearest_path(&wanted, self.paths().chain(files));
            found.or_else(|| {
                // In their order, because among equals the first is named.
                let mut addresses: Vec<&str> = self.addresses().iter().map(String::as_str).collect();
                addresses.sort_unstable();
                suggest::nearest_path(&wanted, addresses.into_iter().filter(|address| !address.is_empty()))
            })
        };
        let best = best.map(|best| relative(folder, best)).filter(|best| !best.is_empty());
        if let Some(best) = best {
            return Some(format!("did you mean `{best}`?"));
        }
        // The same name in another folder is the usual slip.
        let name = wanted.rsplit('/').next()?;
        let mut same = self.paths().chain(self.library.assets.iter().map(|a| a.file.path.as_str()));
        let found = same.find(|candidate| candidate.rsplit('/').next() == Some(name))?;
        Some(format!("did you mean `{}`?", relative(folder, found)))
    }

    /// A path that `site.toml` says: a URL stays as it is; a content file or an address becomes a path from the host's root.
    ///
    /// # Errors
    /// The message and a hint where nothing is there.
    pub fn site_link(&self, written: &str) -> Result<String, (String, Option<String>)> {
        if has_scheme(written) || written.starts_with('#') {
            return Ok(written.to_owned());
        }
        let (path, fragment) = written.split_once('#').map_or((written, None), |(path, part)| (path, Some(part)));
        let fail = |broken: Broken| (broken.message, broken.hint);
        let file = SitePath::resolve("", path).ok();
        if let Some(file) = &file
            && let Some(target) = self.content(file.as_str(), fragment).map_err(fail)?
        {
            return Ok(match target {
                Resolved::Page { path, .. } => path,
                Resolved::Asset(id) | Resolved::Image(id) => self.library.asset(id).permalink.path().to_owned(),
            });
        }
        let home = self.library.base.join("");
        let absolute = format!("/{}", path.trim_start_matches('/'));
        match self.address(&absolute, None, fragment, &home) {
            Some(Resolved::Page { path, .. }) => Ok(path),
            _ => Err((format!("`{written}` does not exist"), self.suggest(path.trim_start_matches('/'), "", false))),
        }
    }
}

/// Schemes by which a link acts instead of leading somewhere.
fn is_dangerous(dest: &str) -> bool {
    let scheme = dest.split(':').next().unwrap_or_default().to_ascii_lowercase();
    matches!(scheme.as_str(), "javascript" | "vbscript") || (scheme == "data" && !dest.starts_with("data:image/"))
}

fn state_words(state: &str) -> &str {
    match state {
        "draft" => "a draft",
        other => other,
    }
}

fn complaint(broken: Broken, body: &Body, span: Range<usize>) -> Diagnostic {
    let diagnostic = Diagnostic::error(broken.code, broken.message);
    let diagnostic = match body.source() {
        Ok(source) => diagnostic.at(&source, span),
        Err(_) => diagnostic,
    };
    diagnostic.maybe_hint(broken.hint)
}

/// Anchors are heading ids; where there is none of that name, an id in the text's own HTML will do.
fn check_anchor(body: &Body, fragment: &str, what: &str) -> Result<(), Broken> {
    let fragment = decoded(fragment);
    let headings = &body.outline.headings;
    if fragment.is_empty() || fragment == "top" || headings.iter().any(|heading| heading.id == fragment) {
        return Ok(());
    }
    if let Ok(source) = body.source() {
        let text = &source.text()[body.range.start.min(source.text().len())..];
        let quoted = [format!("id=\"{fragment}\""), format!("id='{fragment}'"), format!("name=\"{fragment}\"")];
        if quoted.iter().any(|id| text.contains(id.as_str())) || fragment.starts_with("fn-") {
            return Ok(());
        }
    }
    let ids = headings.iter().map(|heading| heading.id.as_str());
    let hint = suggest::nearest(&fragment, ids.clone()).map(|id| format!("did you mean `#{id}`?"));
    let hint = hint.or_else(|| {
        let ids: Vec<String> = ids.map(|id| format!("#{id}")).collect();
        (!ids.is_empty()).then(|| format!("its headings are: {}", ids.join(", ")))
    });
    Err(Broken::new("broken-anchor", format!("{what} has no heading `#{fragment}`"), hint))
}

fn with_fragment(path: &str, query: Option<&str>, fragment: Option<&str>) -> String {
    let mut out = path.to_owned();
    if let Some(query) = query {
        out.push('?');
        out.push_str(query);
    }
    if let Some(fragment) = fragment {
        out.push('#');
        out.push_str(fragment);
    }
    out
}

fn decoded(text: &str) -> String {
    percent_encoding::percent_decode_str(text).decode_utf8_lossy().into_owned()
}

/// A path that is relative to the page at `own`, below the site's root.
fn below_folder(own: &Permalink, path: &str) -> Option<String> {
    let page = below(own);
    let folder = page.rfind('/').map_or("", |slash| &page[..slash]);
    SitePath::resolve(folder, &decoded(path)).ok().map(|path| path.to_string())
}

/// `to` as seen from `folder`, both below `content/`.
fn relative(folder: &str, to: &str) -> String {
    let from: Vec<&str> = folder.split('/').filter(|segment| !segment.is_empty()).collect();
    let target: Vec<&str> = to.split('/').collect();
    let shared = from.iter().zip(&target).take_while(|(a, b)| a == b).count();
    let mut out = "../".repeat(from.len() - shared);
    out.push_str(&target[shared..].join("/"));
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relative_paths() {
        assert_eq!(relative("posts", "posts/b.md"), "b.md");
        assert_eq!(relative("posts/a", "posts/b.md"), "../b.md");
        assert_eq!(relative("posts", "pages/about.md"), "../pages/about.md");
        assert_eq!(relative("", "pages/about.md"), "pages/about.md");
    }
}
