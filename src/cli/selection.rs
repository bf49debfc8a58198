//! Which site, in which shape: the flags that `build` and `check` share.

use clap::Args;

use crate::cli::args::Global;
use crate::config::site::Overrides;
use crate::value::url::SiteUrl;
use crate::workflow::build::Request;
use crate::workflow::failure::Failure;

/// What to take and what to say over `site.toml`.
#[derive(Debug, Args)]
pub(in crate::cli) struct Selection {
    /// Draw drafts too
    #[arg(long)]
    drafts: bool,

    /// Draw posts dated in the future too
    #[arg(long)]
    future: bool,

    /// Where the site will live, instead of `base_url` in site.toml
    #[arg(long, value_name = "URL", value_parser = parse_url)]
    base_url: Option<SiteUrl>,

    /// The theme, instead of `theme` in site.toml
    #[arg(long, value_name = "NAME")]
    theme: Option<String>,
}

impl Selection {
    /// What to build.
    ///
    /// # Errors
    /// [`Failure`] where there is no site.
    pub(in crate::cli) fn request(&self, global: &Global) -> Result<Request, Failure> {
        let mut request = Request {
            root: global.site()?,
            output: None,
            overrides: Overrides { base_url: self.base_url.clone(), theme: self.theme.clone(), origin: None },
            visibility: Default::default(),
            clock: global.clock(),
        };
        request.visibility.drafts = self.drafts;
        request.visibility.future = self.future;
        Ok(request)
    }
}

/// A base URL; the refusal shows one.
pub(in crate::cli) fn parse_url(text: &str) -> Result<SiteUrl, String> {
    SiteUrl::parse(text).map_err(|error| format!("{error}; write the whole address, such as https://example.com/"))
}
