//! Letterpress turns a folder of Markdown posts into a blog with a subscribe form. One source, several editions: the web page, the feed and the mail of a post are
//! rendered from one parser's tree, each in its own way. Notices, mails to one person, are drawn by the theme.
//!
//! This page is the map. `docs/` is the manual for those who use the program.
//!
//! # How a post becomes a page
//!
//! ```text
//!  content/posts/x.md      site.toml            themes/<name>/
//!        │                     │                      │
//!      files ──────────────────┼──────────────────────┤   bytes, read when asked for
//!        │                     │                      │
//!     content               config                  theme      one file → document; sections; compiled templates
//!        └─────────┬───────────┘                      │
//!               library                               │        the immutable model: order, terms, links, addresses
//!                  └───────────────┬──────────────────┘
//!                               edition                        views and HTML: web, mail, feed
//!                                  │
//!                               output                         image files, facts about media, finished HTML looked through
//!                                  │
//!                              transport                       staged, then put in place at once
//! ```
//!
//! `workflow` runs these stages, one verb a file; `cli` is the only part that knows of arguments, terminals and exit codes. Mistakes in the user's files travel
//! beside every result as a [`diagnostic::report::Report`], so that all are told at once.
//!
//! # How it is not done twice
//!
//! A drawing reaches the library only through [`edition::shelf`], where every look leaves a note: this post, that list, the answer of `posts(tag="…")`. The notes of a
//! page are exactly what it was made from, so [`engine::traces`] keeps them with a fingerprint of the state that each was in, and a page whose notes are all in the
//! same state is neither drawn nor written. [`engine::seen`] knows again without reading it a file that looks as it did, [`engine::cache`] keeps documents, highlighted code and
//! facts about images under what they were made from. `build` keeps all this in `.letterpress/`; `tests/incremental.rs` holds it to what a clean build makes.
//!
//! `preview` does the same in memory. Its one thread makes the next state of the site from what the watcher saw, the server's threads draw what is asked for and wait
//! while something saved is not yet in that state, and what nobody asked for is drawn afterwards, for its mistakes.
//!
//! # The layers
//!
//! Each uses only what its row allows; `tests/architecture.rs` proves it.
//!
//! | layer | what lives there | may use |
//! |---|---|---|
//! | [`value`] | addresses, URLs, slugs, paths, languages, the clock: valid by construction | – |
//! | [`files`] | a tree of paths to lazily read bytes, and the only reader of the disk | value |
//! | [`diagnostic`] | spans, reports, their faces for terminals, programs and browsers; TOML and YAML with places | value |
//! | [`engine`] | fingerprints, what was made under them, and what outputs were made from: bytes in, bytes out | value files |
//! | [`config`] | `site.toml` to a checked `Config` | value diagnostic |
//! | [`content`] | one file to one document: front matter, tree with spans, outline, links, component calls | value files diagnostic |
//! | [`theme`] | manifest, templates (one Tera an edition), styles, static files, words | value files diagnostic |
//! | [`subscriber`] | what readers agreed to: statuses, consent, the list as a CSV roster | value diagnostic |
//! | [`newsletter`] | when an issue comes and which posts it has; mailings, and what becomes of a delivery after each attempt | value diagnostic subscriber |
//! | [`library`] | documents to the model: posts, authors, terms, issues, order, links, addresses | value files diagnostic config content |
//! | `store` | all SQL: the list, consent, suppression, the ledger of deliveries; SQLite and PostgreSQL | value subscriber newsletter |
//! | [`edition`] | views, HTML by policy, the web's pages, those of the newsletter's service, mails with their plain text and the judge of them, feeds | value diagnostic engine config content theme newsletter library |
//! | [`output`] | image and audio files, finished HTML looked through, mails as letters (RFC 5322), signed, and held beside what arrived of them | value files engine theme subscriber newsletter edition |
//! | [`transport`] | the only writer of the disk; mail servers; the newsletter's endpoint; the asker of other sites and of git; the preview's server, its script, the watcher | value files config output |
//! | [`workflow`] | one verb a file: build, preview, check, init, new, list, compose, approve, send, daemon; the list by hand (`subscribers`), what the endpoint answers (`subscribe`), what leaves the ledger (`deliver`) | all above |
//! | [`cli`] | arguments, terminal, environment, exit codes | value diagnostic config workflow |
//!
//! # What holds everywhere
//!
//! - **The same inputs and clock give the same bytes.** The clock is a value ([`value::clock::Clock`]); nothing iterates over a hash map into output; work that runs
//!   in parallel is gathered in order.
//! - **All mistakes at once, nothing half done.** A build with an error writes nothing: pages are staged under `.letterpress/` and put in place only when all is
//!   well. Interrupted before that, the old site stands; later, the next build completes it. Files that no build made are never removed.
//! - **The library is the only place that joins URLs.** It plans every address before anything is drawn, so that two things at one address are an error that names
//!   both, and a link is checked against what there will be.
//! - **Trees are not kept.** A Markdown tree is a pure function of the file's bytes and parsing is cheap, so loading keeps metadata, outline and links, and whoever
//!   renders parses again. Memory does not hold the whole output either.
//! - **Themes see views, never the model.** [`edition::view`] and the functions of [`edition::functions`] are the whole contract; `docs/themes.md` describes it field by
//!   field. A view that stands on many pages is made once and shared.
//! - **Errors come in kinds that never mix**: mistakes of the user's files are diagnostics; refused values are small enums beside the type; a world that failed is one
//!   enum per module that touches it, naming path or host; bugs panic.
//!
//! What is deliberately absent: no global state, no setters on the model, no template logic in Rust, no HTML in `content` or `library`, no reading of the
//! environment outside `cli`.

pub mod cli;
pub mod config;
pub mod content;
pub mod diagnostic;
pub mod edition;
pub mod engine;
pub mod files;
pub mod library;
pub mod newsletter;
pub mod output;
#[cfg(feature = "newsletter")]
pub mod store;
pub mod subscriber;
pub mod theme;
pub mod transport;
pub mod value;
pub mod workflow;
