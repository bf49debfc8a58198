//! The press of mails: a theme's templates, words and stylesheet, compiled once, and whatever is drawn by them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;

use tera::Context;

use crate::config::site::Config;
use crate::diagnostic::report::Diagnostic;
use crate::diagnostic::report::Report;
use crate::diagnostic::suggest;
use crate::edition::bare::Bare;
use crate::edition::functions::Slot;
use crate::edition::mail::MailText;
use crate::edition::mail::finish::Finisher;
use crate::edition::mail::functions;
use crate::edition::mail::notice::NoticeView;
use crate::edition::mail::plain::wrap;
use crate::newsletter::mailing::NoticeKind;
use crate::theme::Theme;
use crate::theme::sources::Edition;
use crate::theme::templates::Templates;
use crate::value::header_text::HeaderText;

/// The templates of issues.
const ISSUES: [&str; 5] = [
    "mail/issue-digest.html",
    "mail/issue-digest.txt",
    "mail/issue-letter.html",
    "mail/issue-letter.txt",
    "mail/issue-page.html",
];

/// Draws mails of one site in one theme. Many threads may draw at once.
pub struct MailPress {
    pub(in crate::edition::mail) config: Arc<Config>,
    theme: Arc<Theme>,
    pub(in crate::edition::mail) templates: Arc<Templates>,
    pub(in crate::edition::mail) slot: Slot,
    /// Held while an issue is drawn.
    pub(in crate::edition::mail) drawing: Mutex<()>,
    finisher: Finisher,
    surroundings: Context,
}

impl MailPress {
    /// Compiles what mails need. Every mistake is in the report: in templates and stylesheet, templates and words that are missing; the press is missing where there is an error.
    #[must_use]
    pub fn new(config: &Arc<Config>, theme: &Arc<Theme>) -> (Option<Self>, Report) {
        let slot = Slot::new();
        let bare = Arc::new(Bare::new(config, theme, &BTreeMap::new()));
        let (templates, mut report) =
            functions::with_vocabulary(&bare, &slot, |words| Templates::compile(&theme.sources, Edition::Mail, words));
        let notices = NoticeKind::ALL.into_iter().flat_map(|kind| [html(kind), text(kind)]);
        let names: Vec<String> = notices.chain(ISSUES.map(str::to_owned)).collect();
        report.extend(theme.lacks(Edition::Mail, &names.iter().map(String::as_str).collect::<Vec<_>>()));
        for kind in NoticeKind::ALL {
            for key in [word(kind, "subject"), word(kind, "title")] {
                if !theme.words.has(&key) {
                    report.push(
                        Diagnostic::error("unknown-word", format!("no language file has the word `{key}`")).hint(
                            suggest::did_you_mean(&key, theme.words.keys()).unwrap_or_else(|| {
                                format!("add {key} = \"…\" to the theme's languages/en.toml: every mail needs it")
                            }),
                        ),
                    );
                }
            }
        }
        let style = theme.mail_style().map_err(|diagnostic| report.push(*diagnostic));
        match (templates, style) {
            (Some(templates), Ok(style)) if !report.has_errors() => {
                let press = Self {
                    finisher: Finisher::new(style, &config.base_url),
                    surroundings: bare.context(),
                    templates: Arc::new(templates),
                    slot,
                    drawing: Mutex::new(()),
                    config: Arc::clone(config),
                    theme: Arc::clone(theme),
                };
                (Some(press), report)
            }
            _ => (None, report),
        }
    }

    /// Draws a notice.
    ///
    /// # Errors
    /// A diagnostic in the theme: a template or a word that asks for what is not there.
    pub fn notice(&self, view: &NoticeView) -> Result<MailText, Box<Diagnostic>> {
        let say = |part| {
            let arguments = view.subject_arguments(&self.config);
            let said = self.theme.words.text(&word(view.kind, part), &self.config.language, None, &arguments);
            said.map_err(|error| Box::new(Diagnostic::error("unknown-word", error.message).maybe_hint(error.hint)))
        };
        let subject = HeaderText::new(&say("subject")?);
        let mut context = self.context(&subject);
        view.fill(&mut context, say("title")?, &self.config, &self.theme);
        self.draw(&html(view.kind), &text(view.kind), subject, &context)
    }

    /// What every mail sees.
    pub(in crate::edition::mail) fn context(&self, subject: &HeaderText) -> Context {
        let mut context = self.surroundings.clone();
        context.insert("subject", subject.as_str());
        context
    }

    fn draw(
        &self,
        html: &str,
        text: &str,
        subject: HeaderText,
        context: &Context,
    ) -> Result<MailText, Box<Diagnostic>> {
        let html = self.finished(&self.templates.render(html, context)?, html)?;
        let text = wrap::tidy(&self.templates.render(text, context)?);
        Ok(MailText { subject, html, text })
    }
}

impl MailPress {
    /// What the template `name` drew, as it is sent.
    pub(in crate::edition::mail) fn finished(&self, drawn: &str, name: &str) -> Result<String, Box<Diagnostic>> {
        self.finisher.finish(drawn).map_err(|error| {
            let message = format!("the stylesheet does not fit into {name}: {error}");
            Box::new(Diagnostic::error("css-syntax", message).hint("look at the theme's styles/mail.scss"))
        })
    }
}

fn html(kind: NoticeKind) -> String {
    format!("mail/notice/{kind}.html")
}

fn text(kind: NoticeKind) -> String {
    format!("mail/notice/{kind}.txt")
}

fn word(kind: NoticeKind, part: &str) -> String {
    format!("notice.{kind}.{part}")
}
