//! What a mail is looked through for, beside the eye of whoever looks at it: the same as `check` says of it.

use crate::edition::mail::judge;
use crate::edition::mail::judge::Aspect;
use crate::edition::mail::judge::Judged;
use crate::transport::mail_sheet::Check;

/// Looks through a mail.
pub(in crate::workflow::preview) fn checks(judged: &Judged<'_>) -> Vec<Check> {
    let found = judge::findings(judged);
    let well = judge::well(judged, &found).into_iter().map(|(aspect, text)| (aspect, Check { is_well: true, text }));
    let ill = found.iter().map(|finding| {
        let text = format!("{}. {}", sentence(&finding.message), sentence(&finding.hint));
        (finding.aspect, Check { is_well: false, text })
    });
    let mut all: Vec<(Aspect, Check)> = well.chain(ill).collect();
    all.sort_by_key(|(aspect, _)| *aspect);
    all.into_iter().map(|(_, check)| check).collect()
}

/// With a capital letter.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::edition::mail::MailText;
    use crate::value::header_text::HeaderText;

    #[test]
    fn what_is_well_and_what_is_not_stand_in_one_order() {
        let html = "<p style=\"color:#999\">Pale</p><img src=\"https://e.com/a.png\">";
        let mail = MailText { subject: HeaderText::new("Hello"), html: html.into(), text: "Pale\n".into() };
        let checks = checks(&Judged { mail: &mail, preheader: None, posts: &[] });
        let told: Vec<String> = checks
            .into_iter()
            .map(|check| format!("{} {}", if check.is_well { '+' } else { '-' }, check.text))
            .collect();
        assert_eq!(
            told,
            [
                "+ 65 octets of HTML; Gmail shows 102400",
                "+ The subject has 5 characters",
                "- The image https://e.com/a.png has no alt attribute: many readers see no images, and get nothing instead. Say what it shows; alt=\"\" says that it is decoration",
                "+ Every address is a whole one and begins with https",
                "- Text of #999999 on #ffffff has a contrast of 2.8 to 1, less than 4.5: “Pale”. Make one of them darker or the other lighter, in the theme's styles/mail.scss or where the text is coloured",
                "+ Gmail, Outlook, Apple Mail and Yahoo know what it needs",
                "+ The plain text keeps to 72 columns",
            ]
        );
    }
}
