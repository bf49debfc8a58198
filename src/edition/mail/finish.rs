//! What a template drew, made fit for mail programs: every address absolute, the stylesheet in the tags.

use css_inline::CSSInliner;
use css_inline::InlineError;
use lol_html::RewriteStrSettings;
use lol_html::element;
use lol_html::rewrite_str;
use url::Url;

use crate::theme::mail_style;
use crate::theme::mail_style::MailStyle;
use crate::value::url::SiteUrl;

/// Attributes that hold one address.
const ADDRESSES: [&str; 3] = ["href", "src", "background"];

/// Makes mails of one theme and one site whole.
pub(in crate::edition::mail) struct Finisher {
    inliner: CSSInliner<'static>,
    kept: String,
    base: Option<Url>,
}

impl Finisher {
    /// For mails of the site at `base`, dressed by `style`.
    pub(in crate::edition::mail) fn new(style: MailStyle, base: &SiteUrl) -> Self {
        let inliner = CSSInliner::options()
            .load_remote_stylesheets(false)
            // What a template has in a <style> of its own is meant to stand there.
            .inline_style_tags(false)
            .keep_style_tags(true)
            .extra_css(Some(style.inline.into()))
            .minify_css(true)
            .apply_width_attributes(true)
            .build();
        Self { inliner, kept: style.kept, base: Url::parse(&base.to_string()).ok() }
    }

    /// The document `html` as it is sent: rules that attributes cannot hold stand in one `<style>` at the end of its head.
    pub(in crate::edition::mail) fn finish(&self, html: &str) -> Result<String, InlineError> {
        let whole = self.inliner.inline(&self.absolute(html))?;
        Ok(match whole.split_once("</head>") {
            Some((head, rest)) if !self.kept.is_empty() => {
                format!("{head}<style>{}</style>\n</head>{rest}", mail_style::needed(&self.kept, &whole))
            }
            _ => whole,
        })
    }

    fn absolute(&self, html: &str) -> String {
        let Some(base) = &self.base else { return html.to_owned() };
        let handler = element!("[href], [src], [background]", |el| {
            for name in ADDRESSES {
                let Some(written) = el.get_attribute(name) else { continue };
                // Entities in the source are kept by the rewriter: of those, only `&amp;` stands in addresses that we write.
                let address = written.replace("&amp;", "&").replace("&#38;", "&");
                if !address.starts_with('#')
                    && Url::parse(&address).is_err()
                    && let Ok(full) = base.join(&address)
                {
                    el.set_attribute(name, &full.as_str().replace('&', "&amp;"))?;
                }
            }
            Ok(())
        });
        rewrite_str(html, RewriteStrSettings::new().append_element_content_handler(handler))
            .unwrap_or_else(|_| html.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_and_dressed() {
        let style = MailStyle {
            inline: "p{color:red}td{width:20px}".into(),
            kept: "@media print{p{color:#000!important}}".into(),
        };
        let finisher = Finisher::new(style, &SiteUrl::parse("https://e.com/blog/").unwrap());
        let html = "<!doctype html><html><head><title>T</title></head><body><!--[if mso]><table><![endif]--><p style=\"margin:0\">\
                    <a href=\"posts/?a=1&amp;b=2\">1</a> <a href=\"#x\">2</a> <a href=\"mailto:a@b.cd\">3</a> <img src=\"/x.png\" alt=\"\"></p>\
                    <table><tr><td>1</td></tr></table></body></html>";
        assert_eq!(
            finisher.finish(html).unwrap(),
            "<!DOCTYPE html><html><head><title>T</title><style>@media print{p{color:#000!important}}</style>\n</head><body>\
             <!--[if mso]><table><![endif]--><p style=\"color:red;margin:0\"><a href=\"https://e.com/blog/posts/?a=1&amp;b=2\">1</a> \
             <a href=\"#x\">2</a> <a href=\"mailto:a@b.cd\">3</a> <img src=\"https://e.com/x.png\" alt=\"\"></p>\
             <table><tbody><tr><td width=\"20\" style=\"width:20px\">1</td></tr></tbody></table></body></html>"
        );
    }
}
