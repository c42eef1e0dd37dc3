//! Static pages: about, delivery, terms… A store keeps them as Markdown, `pages/<lang>/about.md` in its folder.

use crate::view::json_ld;
use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// Bytes of a static page.
pub const TEXT_PAGE_BYTES_MAX: usize = 500_000;

/// A static page, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextPage {
    /// The first heading of level one; empty if there is none.
    pub title: String,
    /// Everything else as HTML. Markup of its own in the Markdown is shown as text, not run.
    pub html: String,
    /// The first words.
    pub description: String,
}

/// The text is longer than [`TEXT_PAGE_BYTES_MAX`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a static page may have {TEXT_PAGE_BYTES_MAX} bytes, this one has {0}")]
pub struct TextPageTooLong(pub usize);

impl TextPage {
    /// Reads CommonMark with tables. The first level-one heading is the title; later ones become level two, since a
    /// page has one `h1`.
    pub fn parse(markdown: &str) -> Result<Self, TextPageTooLong> {
        if markdown.len() > TEXT_PAGE_BYTES_MAX {
            return Err(TextPageTooLong(markdown.len()));
        }
        let mut title = String::new();
        let mut in_title = false;
        let mut events = Vec::new();
        for event in Parser::new_ext(markdown, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH) {
            match event {
                Event::Start(Tag::Heading { level: HeadingLevel::H1, .. }) if title.is_empty() => in_title = true,
                Event::End(TagEnd::Heading(HeadingLevel::H1)) if in_title => in_title = false,
                Event::Text(text) | Event::Code(text) if in_title => title.push_str(&text),
                _ if in_title => {}
                event => events.push(harmless(event)),
            }
        }
        let mut page = Self { title: title.trim().to_owned(), ..Self::default() };
        html::push_html(&mut page.html, events.into_iter());
        page.description = json_ld::description(&json_ld::plain_text(&page.html));
        Ok(page)
    }
}

fn harmless(event: Event<'_>) -> Event<'_> {
    match event {
        Event::Html(text) | Event::InlineHtml(text) => Event::Text(text),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { level: HeadingLevel::H1, id, classes, attrs }) => {
            Event::Start(Tag::Heading { level: HeadingLevel::H2, id, classes, attrs })
        }
        Event::End(TagEnd::Heading(HeadingLevel::H1)) => Event::End(TagEnd::Heading(HeadingLevel::H2)),
        Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Link { link_type, dest_url: safe_link(dest_url), title, id })
        }
        Event::Start(Tag::Image { link_type, dest_url, title, id }) => {
            Event::Start(Tag::Image { link_type, dest_url: safe_link(dest_url), title, id })
        }
        other => other,
    }
}

/// Web, mail and telephone links, and those inside the store; a script behind a link leads nowhere.
fn safe_link(url: CowStr<'_>) -> CowStr<'_> {
    let scheme = url.split_once(':').map(|(scheme, _)| scheme.trim().to_ascii_lowercase());
    let known = ["https", "http", "mailto", "tel"];
    match scheme {
        Some(scheme) if !known.contains(&scheme.as_str()) && !scheme.contains('/') => CowStr::Borrowed("#"),
        _ => url,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markdown_becomes_a_page_and_markup_stays_text() {
        let page = TextPage::parse(
            "# About *us*\n\nWe sell <script>alert(1)</script> [tea](javascript:alert(1)).\n\n# Second\n\n\
             <b>x</b>\n\n| a | b |\n|---|---|\n| 1 | 2 |",
        )
        .unwrap();
        assert_eq!(page.title, "About us");
        assert!(!page.html.contains("<script") && !page.html.contains("<b>") && !page.html.contains("javascript:"));
        assert!(page.html.contains("<h2>Second</h2>") && page.html.contains("<table>"), "{}", page.html);
        assert!(page.description.starts_with("We sell"));
        assert!(TextPage::parse(&"x".repeat(TEXT_PAGE_BYTES_MAX + 1)).is_err());
    }
}
