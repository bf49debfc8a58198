//! Days in words, for the subjects of issues: as the theme's pages write them, in the site's language.

use std::path::Path;

use jiff::civil::Date;

use crate::config::site::Config;
use crate::files::read;
use crate::theme;
use crate::theme::words::DateStyle;
use crate::theme::words::Words;
use crate::value::language::Language;

/// How a site writes days.
#[derive(Clone, Debug)]
pub struct Days {
    words: Words,
    language: Language,
}

impl Days {
    /// By the words of a theme that is at hand.
    #[must_use]
    pub fn by(words: &Words, config: &Config) -> Self {
        Self { words: words.clone(), language: config.language.clone() }
    }

    /// By the words of the theme of the site in `root`. Without such words days are English; what is wrong with a theme, those tell who draw by it.
    #[must_use]
    pub fn of(root: &Path, config: &Config) -> Self {
        let (themes, _) = read::tree(&root.join("themes"), "themes");
        Self::by(&theme::words_of(&config.theme.value, &themes), config)
    }

    /// A day, as in `15 November 2026`.
    #[must_use]
    pub fn text(&self, day: Date) -> String {
        self.words.date_text(DateStyle::Long, day, &self.language)
    }
}
