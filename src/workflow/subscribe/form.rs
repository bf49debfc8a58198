//! The subscribe form: with a script that fetches a token and shows the answer in place, and without, by way of a page with one button.

use serde_json::json;
use url::Url;

use crate::config::newsletter::Newsletter;
use crate::edition::service::ServicePage;
use crate::edition::service_view::FieldError;
use crate::edition::service_view::ServiceView;
use crate::edition::service_view::Typed;
use crate::store::intake;
use crate::store::intake::Intake;
use crate::subscriber::token::Purpose;
use crate::subscriber::token::Token;
use crate::transport::endpoint::Content;
use crate::transport::endpoint::Said;
use crate::transport::endpoint_call::Call;
use crate::value::address::EmailAddress;
use crate::workflow::subscribe::Desk;
use crate::workflow::subscribe::FORM_TIME;
use crate::workflow::subscribe::WORK_TIME;
use crate::workflow::subscribe::addressees::Post;
use crate::workflow::subscribe::addressees::What;
use crate::workflow::subscribe::limits;
use crate::workflow::subscribe::limits::Shown;
use crate::workflow::subscribe::limits::To;
use crate::workflow::subscribe::limits::Turn;
use crate::workflow::subscribe::pages::Trouble;
use crate::workflow::subscribe::pages::hidden;

/// The field that only machines fill in.
pub(in crate::workflow::subscribe) const TRAP: &str = "website";
/// Octets of an address of a page that are put down.
const PAGE: usize = 500;
/// Characters of a wrong address that are shown again.
const TYPED: usize = 320;

/// What a form's token says of who sent it.
pub(in crate::workflow::subscribe) enum Sender {
    /// A token that was good, and is used up now.
    Known(Shown),
    /// None, or none that is good: another step is needed.
    Unknown,
}

impl Desk {
    /// `GET form-token`: a token for a script that is about to post a form. Answered to any page; only pages that are allowed can read it (CORS).
    pub(in crate::workflow::subscribe) fn form_token(&self, call: &Call) -> Said {
        if !self.is_allowed(call) {
            return self.trouble(call, Trouble::Foreign);
        }
        match self.new_token(Purpose::Form, None, FORM_TIME) {
            Ok(token) => Said::new(200, Content::Json(json!({ "token": token }).to_string())),
            Err(trouble) => self.trouble(call, trouble),
        }
    }

    /// `GET subscribe`: the form.
    pub(in crate::workflow::subscribe) fn subscribe_page(&self, call: &Call) -> Said {
        match self.new_token(Purpose::Form, None, FORM_TIME) {
            Ok(token) => {
                self.page(200, ServicePage::Subscribe, &self.form_view(call, self.config.newsletter(), &token))
            }
            Err(trouble) => self.trouble(call, trouble),
        }
    }

    /// `POST subscribe`.
    pub(in crate::workflow::subscribe) async fn subscribe(&self, call: &Call) -> Said {
        self.try_subscribe(call).await.unwrap_or_else(|trouble| self.trouble(call, trouble))
    }

    async fn try_subscribe(&self, call: &Call) -> Result<Said, Trouble> {
        self.admit(call)?;
        let newsletter = self.newsletter(call.field("newsletter")).ok_or(Trouble::Nowhere)?;
        if is_machine(call) {
            return Ok(self.check_inbox(call, newsletter));
        }
        let field = self.config.subscribe.email_field.as_deref().unwrap_or("email");
        let typed = call.field(field).or_else(|| call.field("email")).unwrap_or_default();
        let address = match EmailAddress::parse(typed) {
            Ok(address) if address.is_public() => address,
            _ => {
                let token = self.new_token(Purpose::Form, None, FORM_TIME)?;
                let view = self.form_view(call, newsletter, &token);
                let message = self.word("service.bad_address");
                return Ok(self.again(
                    call,
                    ServicePage::Subscribe,
                    view,
                    vec![FieldError { field: field.into(), message }],
                ));
            }
        };
        let Sender::Known(shown) = self.sender(call) else { return self.second_step(call, newsletter, field, typed) };
        let now = self.now();
        let place = match self.limits.turn(To::Readers(address.domain()), shown, now) {
            Turn::Now => now,
            Turn::At(moment) => moment,
            Turn::Work(bits) => return self.challenge(bits),
            Turn::Full => return Err(Trouble::Full),
        };
        let number = self.config.newsletters.iter().position(|known| known.id == newsletter.id).unwrap_or_default();
        let post = self.limits.post(self.keys.address_hash(&address.key()), What::Subscription(number), place);
        let request = Intake {
            at: now,
            not_before: if let Post::At(moment) = post { moment } else { place },
            worked: shown == Shown::Worked,
            address,
            newsletter: newsletter.id.as_str().into(),
            page: self.page_of(call),
            wording: Some(self.wording(newsletter).into()),
            ip_hash: Some(self.keys.ip_hash(call.ip).into()),
        };
        let outcome = self.write(move |sql| {
            let id = intake::push(sql, &request)?;
            // One that waits says the same. This one was put down all the same, so that answering takes as long.
            if post == Post::Waits { intake::remove(sql, &[id]) } else { Ok(()) }
        });
        match outcome.await {
            Ok(()) => {
                self.wake();
                Ok(self.check_inbox(call, newsletter))
            }
            Err(error) => Ok(self.broken(call, &error)),
        }
    }

    /// What both forms are held to before anything else.
    pub(in crate::workflow::subscribe) fn admit(&self, call: &Call) -> Result<(), Trouble> {
        if !self.is_allowed(call) {
            return Err(Trouble::Foreign);
        }
        if self.limits.is_too_often(call.network()) {
            return Err(Trouble::TooOften);
        }
        Ok(())
    }

    /// Looks at a form's token, and uses it up. One that was used before is none: who sends a form twice is asked whether they mean it.
    pub(in crate::workflow::subscribe) fn sender(&self, call: &Call) -> Sender {
        let text = call.field("token").unwrap_or_default();
        let found = match self.read_token(text, Purpose::Form) {
            Ok(token) => Some((token, if call.wants_json { Shown::CanWork } else { Shown::CannotWork })),
            Err(_) => {
                let token = self.read_token(text, Purpose::Work).ok();
                let work = call.field("work").unwrap_or_default();
                token.filter(|token| limits::is_work(text, work, token.id[0])).map(|token| (token, Shown::Worked))
            }
        };
        match found {
            Some((token, shown)) if self.is_first_use(&token) => Sender::Known(shown),
            _ => Sender::Unknown,
        }
    }

    fn is_first_use(&self, token: &Token) -> bool {
        let now = self.now();
        self.limits.is_first_use(token.id, token.expires.unwrap_or(now), now)
    }

    /// What a script has to do before its form is taken.
    pub(in crate::workflow::subscribe) fn challenge(&self, bits: u8) -> Result<Said, Trouble> {
        let token = self.new_token(Purpose::Work, Some(bits), WORK_TIME)?;
        let message = self.word("service.working");
        let json = json!({ "challenge": { "token": token, "bits": bits }, "message": message });
        Ok(Said::new(202, Content::Json(json.to_string())))
    }

    /// Without a token: a script is told to fetch one, a person gets a page with one button, which has it.
    fn second_step(&self, call: &Call, newsletter: &Newsletter, field: &str, typed: &str) -> Result<Said, Trouble> {
        let token = self.new_token(Purpose::Form, None, FORM_TIME)?;
        let mut view = self.form_view(call, newsletter, &token);
        view.fields.push(hidden(field, typed));
        if let Some(page) = self.page_of(call) {
            view.fields.push(hidden("page", &page));
        }
        Ok(self.ask_again(call, view))
    }

    /// The page with one button; for a script, the word that its token is not good.
    pub(in crate::workflow::subscribe) fn ask_again(&self, call: &Call, view: ServiceView) -> Said {
        if call.wants_json {
            let message = self.word("service.no_token");
            return Said::new(400, Content::Json(json!({ "message": message }).to_string()));
        }
        self.page(200, ServicePage::Send, &view)
    }

    /// The answer to everybody who asked to subscribe.
    fn check_inbox(&self, call: &Call, newsletter: &Newsletter) -> Said {
        let next = call.field("next").filter(|next| self.endpoint.redirects.iter().any(|known| known == next));
        let view = ServiceView { newsletter: newsletter.id.clone(), ..ServiceView::default() };
        let message = self.word("form.subscribe_done");
        match next {
            Some(next) if !call.wants_json => {
                Said { location: Some(next.to_owned()), ..Said::new(303, Content::Text(String::new())) }
            }
            _ => self.done(call, ServicePage::CheckInbox, &view, message),
        }
    }

    fn form_view(&self, call: &Call, newsletter: &Newsletter, token: &str) -> ServiceView {
        let mut fields = vec![hidden("token", token), hidden("newsletter", &newsletter.id)];
        fields.extend(call.field("next").map(|next| hidden("next", next)));
        let field = self.config.subscribe.email_field.as_deref().unwrap_or("email");
        let email = call.field(field).or_else(|| call.field("email")).unwrap_or_default();
        ServiceView {
            newsletter: newsletter.id.clone(),
            action: self.endpoint.at("subscribe"),
            fields,
            typed: Typed { email: email.chars().take(TYPED).collect(), ..Typed::default() },
            ..ServiceView::default()
        }
    }

    /// The page with the form, for the consent ledger: what the form says of it, where it is a page of a site that may have the form.
    fn page_of(&self, call: &Call) -> Option<Box<str>> {
        let page = call.field("page").or(call.referrer.as_deref())?;
        let mut url = Url::parse(page).ok().filter(|_| page.len() <= PAGE)?;
        let origin = url.origin().ascii_serialization();
        url.set_query(None);
        url.set_fragment(None);
        let is_ours = self.origins.contains(&origin) && url.username().is_empty() && url.password().is_none();
        is_ours.then(|| url.as_str().into())
    }

    /// The words next to the button, for the consent ledger.
    pub(in crate::workflow::subscribe) fn wording(&self, newsletter: &Newsletter) -> String {
        let subscribe = &self.config.subscribe;
        let promise = subscribe.promise.as_deref().or(newsletter.promise.as_deref()).unwrap_or(&newsletter.name);
        let button = subscribe.button.clone().unwrap_or_else(|| self.word("form.subscribe"));
        format!("{promise} [{button}]")
    }
}

/// Whether the field was filled in that people do not see.
pub(in crate::workflow::subscribe) fn is_machine(call: &Call) -> bool {
    call.field(TRAP).is_some_and(|text| !text.is_empty())
}
