//! The letters of one issue: what was frozen, with each reader's own header and links.

use std::sync::Arc;

use jiff::Timestamp;

use crate::config::newsletter::Newsletter;
use crate::config::site::Config;
use crate::content::frozen;
use crate::edition::mail::MailText;
use crate::library::issue::Frozen;
use crate::newsletter::mailing::Mailing;
use crate::newsletter::mailing::MailingId;
use crate::output::letter::FeedbackId;
use crate::output::letter::Head;
use crate::output::letter::Letter;
use crate::output::letter::ListId;
use crate::output::letter::MessageId;
use crate::output::skeleton::Skeleton;
use crate::output::skeleton::Tokens;
use crate::store::Store;
use crate::store::StoreError;
use crate::store::deliveries::Claimed;
use crate::store::deliveries::Which;
use crate::subscriber::keys::KeyRing;
use crate::subscriber::subscriber::Handle;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::value::address::EmailAddress;
use crate::value::header_text::HeaderText;
use crate::value::mailbox::Mailbox;
use crate::value::web_url::WebUrl;
use crate::workflow::deliver::Scribe;
use crate::workflow::deliver::Unwritten;
use crate::workflow::failure::Failure;
use crate::workflow::newsletter::mistake;
use crate::workflow::subscribe::Now;

/// Writes the letters of an issue.
pub(in crate::workflow) struct Letters {
    mailing: Option<MailingId>,
    hash: String,
    skeleton: Skeleton,
    from: Mailbox,
    reply_to: Option<Mailbox>,
    list: ListId,
    feedback: FeedbackId,
    archive: Option<WebUrl>,
    /// Where the endpoint's links begin; none where readers leave by mail.
    unsubscribe: Option<String>,
    keys: Arc<KeyRing>,
    now: Now,
}

impl Letters {
    /// Of an issue as it was frozen.
    ///
    /// # Errors
    /// A mistake where the newsletter has no sender, a file of the issue is not what it was, or it has links of an endpoint that is gone.
    pub(in crate::workflow) fn new(
        config: &Config,
        newsletter: &Newsletter,
        frozen: &Frozen,
        archive: &str,
        keys: Arc<KeyRing>,
        now: Now,
    ) -> Result<Self, Failure> {
        let from = newsletter.from.clone().ok_or_else(|| {
            let message = format!("the newsletter `{}` has no sender", newsletter.id);
            let hint = format!("add from = \"Name <editors@example.com>\" to [newsletters.{}]", newsletter.id);
            mistake("no-sender", message, hint)
        })?;
        let manifest = &frozen.manifest;
        let text = MailText {
            subject: HeaderText::new(&manifest.subject),
            html: file(frozen, frozen::MAIL_HTML)?,
            text: file(frozen, frozen::MAIL_TEXT)?,
        };
        let hash = manifest.hash.to_string();
        let reply_to = newsletter.reply_to.clone();
        let mut more = vec![("Precedence", HeaderText::new("bulk"))];
        let endpoint = config.subscribe.endpoint.as_ref();
        if endpoint.is_none() {
            let to = reply_to.as_ref().unwrap_or(&from).address.mailto();
            more.push(("List-Unsubscribe", HeaderText::new(&format!("<{to}?subject=unsubscribe>"))));
        }
        let name: String = hash.chars().take(26).collect();
        let skeleton = Skeleton::new(&text, &name, &more);
        if endpoint.is_some() && !skeleton.can_be_left() {
            let message = format!(
                "the issue {} was approved without an endpoint, and has no link to unsubscribe",
                manifest.issue
            );
            let hint =
                format!("approve it anew: letterpress issue reopen {0}, letterpress issue approve {0}", manifest.issue);
            return Err(mistake("no-unsubscribe", message, hint));
        }
        if endpoint.is_none() && skeleton.can_be_left() {
            let message =
                format!("the issue {} has links of an endpoint, and site.toml names none any more", manifest.issue);
            let hint = format!(
                "put `endpoint` back into [subscribe], or approve it anew: letterpress issue reopen {0}, letterpress issue approve {0}",
                manifest.issue
            );
            return Err(mistake("no-endpoint", message, hint));
        }
        Ok(Self {
            mailing: None,
            hash,
            skeleton,
            feedback: FeedbackId::new(&manifest.issue, &newsletter.id, Mailing::Issue.word(), from.address.domain()),
            list: ListId::new(&newsletter.name, &newsletter.id, from.address.domain()),
            from,
            reply_to,
            archive: WebUrl::parse(archive).ok(),
            unsubscribe: endpoint.map(|endpoint| endpoint.at("unsubscribe/")),
            keys,
            now,
        })
    }

    /// For the deliveries of that mailing.
    pub(in crate::workflow) fn of(self, mailing: MailingId) -> Self {
        Self { mailing: Some(mailing), ..self }
    }

    /// Whom they are from.
    pub(in crate::workflow) fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Octets of the body of each letter.
    pub(in crate::workflow) fn octets(&self) -> usize {
        self.skeleton.len()
    }

    /// The letter to one reader. `whom` tells it from those to others.
    ///
    /// # Errors
    /// [`Unwritten`].
    pub(in crate::workflow) fn letter(
        &self,
        to: &EmailAddress,
        whom: &str,
        handle: Handle,
    ) -> Result<Letter, Unwritten> {
        let token = |purpose| Token { purpose, id: handle, expires: None }.sign(&self.keys);
        let (unsubscribe, manage) = (token(Purpose::Unsubscribe), token(Purpose::Manage));
        let url = self.unsubscribe.as_ref().map(|begin| WebUrl::parse(&format!("{begin}{unsubscribe}")));
        let url = url.transpose().map_err(|_| Unwritten::Mistake("`endpoint` makes no links for mails".into()))?;
        let message_id = MessageId::of_issue(&self.keys, &self.hash, whom, &self.from.address);
        let head = Head {
            from: &self.from,
            reply_to: self.reply_to.as_ref(),
            to,
            return_path: None,
            date: (self.now)(),
            message_id: &message_id,
            list: Some(&self.list),
            unsubscribe: url.as_ref(),
            archive: self.archive.as_ref(),
            feedback: Some(&self.feedback),
            automatic: false,
        };
        let tokens = Tokens { unsubscribe: &unsubscribe, manage: &manage };
        let written = self.skeleton.letter(&head, self.unsubscribe.is_some().then_some(tokens));
        written.map_err(|error| Unwritten::Mistake(error.to_string()))
    }
}

impl Scribe for Letters {
    fn which(&self) -> Which {
        // Without a mailing there is nothing to claim.
        Which::Of(self.mailing.unwrap_or(MailingId(0)))
    }

    fn prepare(&self, _: &Store, _: Timestamp) -> Result<bool, StoreError> {
        Ok(false)
    }

    fn write(&self, claimed: &Claimed) -> Result<Letter, Unwritten> {
        let to = claimed.address.as_ref().ok_or(Unwritten::Gone)?;
        let handle = claimed.handle.ok_or(Unwritten::Gone)?;
        self.letter(to, &claimed.subscriber.0.to_string(), handle)
    }
}

fn file(frozen: &Frozen, name: &str) -> Result<String, Failure> {
    let missing = || {
        let message = format!("{name} of the approved issue {} is missing or is no text", frozen.manifest.issue);
        mistake("broken-issue", message, "bring frozen/ back from version control".into())
    };
    let bytes = frozen.file(name).ok_or_else(missing)?.bytes()?;
    frozen.manifest.verify(name, &bytes).map_err(|error| {
        mistake("broken-issue", error.to_string(), "bring frozen/ back from version control".into())
    })?;
    String::from_utf8(bytes.to_vec()).map_err(|_| missing())
}
