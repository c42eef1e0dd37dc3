//! The store's own texts (terms, withdrawal, bank details) in a letter: Markdown as a page, and as it was written.

use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Options, Parser, Tag, TagEnd, html};

/// Longest text of a store in a letter, in bytes: what is beyond is cut, and the cut is marked.
pub(crate) const TEXT_BYTES_MAX: usize = 200_000;

/// CommonMark with tables as HTML. Markup of its own is shown as text, pictures become their description, links that
/// begin with `/` lead to the store, others than to the web and to mail become plain words.
pub(crate) fn to_html(markdown: &str, store_url: &str) -> String {
    let markdown = cut(markdown);
    let mut out = String::with_capacity(markdown.len() + markdown.len() / 4);
    let mut plain_links = Vec::new();
    let events = Parser::new_ext(&markdown, Options::ENABLE_TABLES).filter_map(|event| match event {
        Event::Html(text) | Event::InlineHtml(text) => Some(Event::Text(text)),
        Event::Start(Tag::HtmlBlock) => Some(Event::Start(Tag::Paragraph)),
        Event::End(TagEnd::HtmlBlock) => Some(Event::End(TagEnd::Paragraph)),
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => None,
        Event::Start(Tag::Heading { .. }) => {
            Some(Event::Start(Tag::Heading { level: HeadingLevel::H3, id: None, classes: vec![], attrs: vec![] }))
        }
        Event::End(TagEnd::Heading(_)) => Some(Event::End(TagEnd::Heading(HeadingLevel::H3))),
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            let target = link_target(link_type, &dest_url, store_url);
            plain_links.push(target.is_none());
            let link = |dest_url| Tag::Link { link_type: LinkType::Inline, dest_url, title: "".into(), id: "".into() };
            target.map(|target| Event::Start(link(target)))
        }
        Event::End(TagEnd::Link) => {
            let plain = plain_links.pop().unwrap_or_default();
            (!plain).then_some(Event::End(TagEnd::Link))
        }
        other => Some(other),
    });
    html::push_html(&mut out, events);
    out
}

/// As it was written, but for control characters.
pub(crate) fn to_text(markdown: &str) -> String {
    cut(markdown).trim().to_owned()
}

fn link_target<'a>(link_type: LinkType, target: &CowStr<'a>, store_url: &str) -> Option<CowStr<'a>> {
    if link_type == LinkType::Email {
        return Some(format!("mailto:{target}").into());
    }
    if target.starts_with('/') && !target.starts_with("//") {
        return Some(format!("{}{target}", store_url.trim_end_matches('/')).into());
    }
    let known = ["https://", "http://", "mailto:", "tel:"].iter().any(|scheme| target.starts_with(scheme));
    known.then(|| target.clone())
}

fn cut(markdown: &str) -> String {
    let kept = |c: &char| !c.is_control() || matches!(c, '\n' | '\t');
    let mut end = markdown.len().min(TEXT_BYTES_MAX);
    while !markdown.is_char_boundary(end) {
        end -= 1;
    }
    let mut text: String = markdown[..end].chars().filter(kept).collect();
    if end < markdown.len() {
        text.push_str(" […]");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_harmless_html() {
        for (case, raw, want) in [
            ("markup is text", "a <script>x</script>", "<p>a &lt;script&gt;x&lt;/script&gt;</p>\n"),
            ("a link to the store", "[b](/returns)", "<p><a href=\"https://shop.example/returns\">b</a></p>\n"),
            ("another host", "[b](//evil.example)", "<p>b</p>\n"),
            ("a link that runs", "[b](javascript:x)", "<p>b</p>\n"),
            ("a picture", "![b](https://x.example/b.png)", "<p>b</p>\n"),
            ("a heading", "# T", "<h3>T</h3>\n"),
            ("an address", "<ann@example.org>", "<p><a href=\"mailto:ann@example.org\">ann@example.org</a></p>\n"),
        ] {
            assert_eq!(to_html(raw, "https://shop.example/"), want, "{case}");
        }
    }

    #[test]
    fn a_text_without_end_is_cut() {
        let long = "ä".repeat(TEXT_BYTES_MAX);
        assert!(to_text(&long).len() < TEXT_BYTES_MAX + 10);
        assert!(to_text(&long).ends_with("[…]"));
        assert_eq!(to_text("a\u{0}b\r\nc"), "ab\nc");
    }
}
