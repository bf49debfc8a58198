//! The words that the program itself puts on the newsletter service's pages, in English, for a theme that has none.

/// Key and word. The same keys stand in Broadside's `languages/`.
const WORDS: [(&str, &str); 40] = [
    ("form.subscribe", "Subscribe"),
    ("form.subscribe_done", "Thank you. Please look into your inbox and confirm."),
    ("form.lead_done", "Thank you. Your message is on its way."),
    ("service.confirmed", "You are subscribed. The next issue will find you."),
    ("service.saved", "Your settings are saved."),
    ("service.address_sent", "A link is on its way to {address}. Open it to take that address into use."),
    ("service.address_changed", "From now on our letters go to {address}."),
    ("service.working", "Many people are asking at once. One moment: your device is working for its place."),
    ("service.no_token", "This form has been open for too long. Please send it once more."),
    ("service.bad_address", "This is not an email address. Please look for a slip of the keys: name@example.com"),
    ("service.bad_name", "Please write your name, in no more than 200 characters."),
    ("service.bad_choice", "Please choose one of the answers."),
    ("service.bad_message", "Please keep your message to 800 characters."),
    ("service.not_sure", "Please tick the box beside the button: what is erased cannot be brought back."),
    (
        "service.not_found",
        "There is nothing at this address. It may have been cut off on the way: copy the whole link from the letter.",
    ),
    ("service.bad_link", "This link is not whole. Copy it once more from the letter, from its beginning to its end."),
    ("service.old_link", "This link has been used already, or it is too old. The latest letter has one that works."),
    ("service.foreign", "This form was sent from a page that may not send it. Please use the form on our own site."),
    ("service.too_often", "Too many requests have come from your network. Please try again in an hour."),
    ("service.full", "Too many people are asking at the moment. Please try again tomorrow."),
    ("service.broken", "Something is not working on our side. Please try again in a few minutes."),
    ("service.title.address", "Use this address?"),
    ("service.title.address_changed", "Your address is changed"),
    ("service.title.check_inbox", "Check your inbox"),
    ("service.title.confirm", "One click to go"),
    ("service.title.confirmed", "You are subscribed"),
    ("service.title.erased", "All gone"),
    ("service.title.lead", "Your message"),
    ("service.title.lead_sent", "Thank you"),
    ("service.title.link_sent", "A link is on its way"),
    ("service.title.manage", "Change your subscription"),
    ("service.title.paused", "Your subscription rests"),
    ("service.title.preferences", "Your subscription"),
    ("service.title.problem", "That did not work"),
    ("service.title.resumed", "Welcome back"),
    ("service.title.send", "One more click"),
    ("service.title.subscribe", "Subscribe"),
    ("service.title.unsubscribe", "Leaving, or only a rest?"),
    ("service.title.unsubscribed", "You are unsubscribed"),
    ("service.resumed", "All is as it was before."),
];

/// The English word; the key itself, so that the omission shows, where there is none.
pub(in crate::edition) fn english(key: &str) -> &str {
    WORDS.iter().find(|(known, _)| *known == key).map_or(key, |(_, word)| word)
}
