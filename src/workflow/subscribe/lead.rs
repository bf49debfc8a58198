//! The lead form: "I am looking for …", mailed to the site's owner with the sender to answer to.

use crate::edition::service::ServicePage;
use crate::edition::service_view::FieldError;
use crate::edition::service_view::ServiceView;
use crate::edition::service_view::Typed;
use crate::newsletter::mailing::NoticeKind;
use crate::newsletter::notice::Lead;
use crate::newsletter::notice::NoticeData;
use crate::store::mailings;
use crate::store::mailings::NewNotice;
use crate::subscriber::subscriber::SubscriberId;
use crate::subscriber::token::Purpose;
use crate::transport::endpoint::Said;
use crate::transport::endpoint_call::Call;
use crate::value::address::EmailAddress;
use crate::workflow::subscribe::Desk;
use crate::workflow::subscribe::FORM_TIME;
use crate::workflow::subscribe::form;
use crate::workflow::subscribe::form::Sender;
use crate::workflow::subscribe::limits::To;
use crate::workflow::subscribe::limits::Turn;
use crate::workflow::subscribe::pages::Trouble;
use crate::workflow::subscribe::pages::hidden;

/// Characters of a name.
const NAME: usize = 200;
/// Characters of a message; the form has no room for more in four kilobytes, whatever the language.
const MESSAGE: usize = 800;

impl Desk {
    /// `POST lead`.
    pub(in crate::workflow::subscribe) async fn lead(&self, call: &Call) -> Said {
        self.try_lead(call).await.unwrap_or_else(|trouble| self.trouble(call, trouble))
    }

    async fn try_lead(&self, call: &Call) -> Result<Said, Trouble> {
        let settings = self.config.blocks.lead.as_ref().ok_or(Trouble::Nowhere)?;
        let newsletter = self.config.newsletter();
        let owner = settings.to.as_ref().or(newsletter.from.as_ref()).or(self.endpoint.from.as_ref());
        let owner = owner.ok_or(Trouble::Nowhere)?.address.clone();
        self.admit(call)?;
        if form::is_machine(call) {
            return Ok(self.lead_done(call));
        }
        let lead = match self.read_lead(call, &settings.options) {
            Ok(lead) => lead,
            Err(errors) => return self.lead_again(call, errors),
        };
        let Sender::Known(shown) = self.sender(call) else {
            let token = self.new_token(Purpose::Form, None, FORM_TIME)?;
            let typed = [
                ("name", &lead.name),
                ("email", &lead.email),
                ("looking_for", &lead.looking_for),
                ("message", &lead.message),
            ];
            let mut fields = vec![hidden("token", &token)];
            fields.extend(typed.map(|(name, value)| hidden(name, value)));
            let view = ServiceView { action: self.endpoint.at("lead"), fields, ..ServiceView::default() };
            return Ok(self.ask_again(call, view));
        };
        let now = self.now();
        let place = match self.limits.turn(To::Owner, shown, now) {
            Turn::Now => now,
            Turn::At(moment) => moment,
            Turn::Work(bits) => return self.challenge(bits),
            Turn::Full => return Err(Trouble::Full),
        };
        let notice = NewNotice {
            kind: NoticeKind::Lead,
            newsletter: newsletter.id.as_str().into(),
            data: Some(NoticeData::Lead(lead).to_text()),
            subscriber: SubscriberId::OWNER,
            address: Some(owner),
            not_before: place,
        };
        let outcome = self.write(move |sql| mailings::notice(sql, &notice, now));
        match outcome.await {
            Ok(_) => {
                self.wake();
                Ok(self.lead_done(call))
            }
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    fn lead_done(&self, call: &Call) -> Said {
        let message = self.word("form.lead_done");
        self.done(call, ServicePage::LeadSent, &ServiceView::default(), message)
    }

    /// The form, with what was typed, and what is wrong with it.
    fn lead_again(&self, call: &Call, errors: Vec<FieldError>) -> Result<Said, Trouble> {
        let token = self.new_token(Purpose::Form, None, FORM_TIME)?;
        let text = |field: &str| call.field(field).unwrap_or_default().to_owned();
        let view = ServiceView {
            action: self.endpoint.at("lead"),
            fields: vec![hidden("token", &token)],
            typed: Typed {
                name: text("name"),
                email: text("email"),
                looking_for: text("looking_for"),
                message: text("message"),
            },
            ..ServiceView::default()
        };
        Ok(self.again(call, ServicePage::Lead, view, errors))
    }

    /// What was written, or everything that is wrong with it.
    fn read_lead(&self, call: &Call, options: &[String]) -> Result<Lead, Vec<FieldError>> {
        let mut errors = Vec::new();
        let mut wrong = |field: &str, message: String| errors.push(FieldError { field: field.into(), message });
        let text = |field: &str| call.field(field).unwrap_or_default().trim().to_owned();
        let (name, looking_for) = (text("name"), text("looking_for"));
        let message = text("message").replace("\r\n", "\n");
        if name.is_empty() || name.chars().count() > NAME || name.chars().any(is_hidden) {
            wrong("name", self.word("service.bad_name"));
        }
        let email = EmailAddress::parse(&text("email"));
        if email.is_err() {
            wrong("email", self.word("service.bad_address"));
        }
        let is_known = options.contains(&looking_for) || (options.is_empty() && looking_for.is_empty());
        if !is_known {
            wrong("looking_for", self.word("service.bad_choice"));
        }
        if message.chars().count() > MESSAGE || message.chars().any(|c| is_hidden(c) && c != '\n' && c != '\t') {
            wrong("message", self.word("service.bad_message"));
        }
        match email {
            Ok(email) if errors.is_empty() => Ok(Lead { name, email: email.to_string(), looking_for, message }),
            _ => Err(errors),
        }
    }
}

/// Control characters, and those that turn the direction of writing.
fn is_hidden(c: char) -> bool {
    c.is_control() || matches!(c, '\u{2028}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
}
