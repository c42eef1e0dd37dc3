//! HTML as a list of elements: enough to find links, forms and words in a page, whoever wrote it.
//!
//! The tokens are those of the HTML standard; the tree is not: end tags that are missing are guessed for lists and
//! options only. Nothing that a page holds makes this panic, and everything has a bound.

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::states::RawKind::{self, Rawtext, Rcdata, ScriptData};
use html5ever::tokenizer::{
    BufferQueue, CharacterTokens, EndTag, StartTag, Tag, TagToken, Token, TokenSink, TokenSinkResult, Tokenizer,
    TokenizerOpts,
};
use std::cell::RefCell;

/// Most elements of a page that are looked at.
const ELEMENTS_MAX: usize = 50_000;
/// Deepest element whose children are known as such.
const DEPTH_MAX: usize = 256;
/// What is handed to the tokenizer at once.
const CHUNK_BYTES: usize = 16_384;
/// Most bytes without a token: the tokenizer compares each attribute of a tag with all before it.
const TAG_BYTES_MAX: usize = 65_536;

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Document {
    elements: Vec<Element>,
    /// All words, in order; an element's are a range of them.
    text: String,
    /// Whether the end tag of the page came: one that was cut off has none.
    is_complete: bool,
}

#[derive(Debug)]
struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    parent: Option<usize>,
    /// Index behind the last element inside.
    end: usize,
    text: (usize, usize),
}

/// One element of a [`Document`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct Node<'d> {
    document: &'d Document,
    place: usize,
}

impl Document {
    pub(crate) fn parse(html: &str) -> Self {
        let builder = Builder { building: RefCell::new(Building::default()) };
        let tokenizer = Tokenizer::new(builder, TokenizerOpts::default());
        let input = BufferQueue::default();
        let (mut rest, mut unbroken, mut tokens) = (html, 0, 0);
        while !rest.is_empty() {
            let (chunk, after) = rest.split_at(rest.floor_char_boundary(CHUNK_BYTES));
            rest = after;
            input.push_back(StrTendril::from(chunk));
            let _ = tokenizer.feed(&input);
            let seen = tokenizer.sink.building.borrow().tokens;
            unbroken = if seen == tokens { unbroken + chunk.len() } else { 0 };
            tokens = seen;
            if TAG_BYTES_MAX < unbroken {
                break;
            }
        }
        tokenizer.end();
        tokenizer.sink.building.into_inner().finish()
    }

    /// Whether the page's end came.
    pub(crate) fn is_complete(&self) -> bool {
        self.is_complete
    }

    /// All elements of that name, in order.
    pub(crate) fn all<'d>(&'d self, name: &'d str) -> impl Iterator<Item = Node<'d>> {
        self.nodes(0, self.elements.len()).filter(move |node| node.name() == name)
    }

    /// All elements, in order.
    pub(crate) fn every(&self) -> impl Iterator<Item = Node<'_>> {
        self.nodes(0, self.elements.len())
    }

    fn nodes(&self, from: usize, to: usize) -> impl Iterator<Item = Node<'_>> {
        (from..to).map(|place| Node { document: self, place })
    }
}

impl<'d> Node<'d> {
    fn element(self) -> &'d Element {
        &self.document.elements[self.place]
    }

    pub(crate) fn name(self) -> &'d str {
        &self.element().name
    }

    pub(crate) fn attribute(self, name: &str) -> Option<&'d str> {
        self.element().attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether an attribute that lists words has this one.
    pub(crate) fn has_word(self, attribute: &str, word: &str) -> bool {
        let mut words = self.attribute(attribute).unwrap_or_default().split_ascii_whitespace();
        words.any(|one| one.eq_ignore_ascii_case(word))
    }

    /// Its words, with single spaces.
    pub(crate) fn text(self) -> String {
        let (from, to) = self.element().text;
        let words: Vec<&str> = self.document.text[from..to].split_whitespace().collect();
        words.join(" ")
    }

    /// Elements inside.
    pub(crate) fn inside(self) -> impl Iterator<Item = Node<'d>> {
        self.document.nodes(self.place + 1, self.element().end)
    }

    /// Elements around, from the nearest.
    pub(crate) fn around(self) -> impl Iterator<Item = Node<'d>> {
        let up = |node: &Self| node.element().parent.map(|place| Self { place, ..*node });
        std::iter::successors(up(&self), move |node| up(node))
    }
}

struct Builder {
    building: RefCell<Building>,
}

#[derive(Default)]
struct Building {
    document: Document,
    open: Vec<usize>,
    tokens: usize,
}

impl TokenSink for Builder {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut building = self.building.borrow_mut();
        building.tokens += 1;
        match token {
            TagToken(tag) if tag.kind == StartTag => {
                building.open(&tag).map_or(TokenSinkResult::Continue, TokenSinkResult::RawData)
            }
            TagToken(tag) if tag.kind == EndTag => {
                building.close(&tag.name);
                TokenSinkResult::Continue
            }
            CharacterTokens(text) => {
                building.words(&text);
                TokenSinkResult::Continue
            }
            _ => TokenSinkResult::Continue,
        }
    }
}

impl Building {
    fn open(&mut self, tag: &Tag) -> Option<RawKind> {
        let name: &str = &tag.name;
        self.close_before(name);
        // The standard ignores a form in a form.
        let is_ignored = name == "form" && self.open.iter().any(|place| self.document.elements[*place].name == "form");
        if !is_ignored && self.document.elements.len() < ELEMENTS_MAX {
            let place = self.document.elements.len();
            let (parent, at) = (self.open.last().copied(), self.document.text.len());
            let pairs = tag.attrs.iter().map(|pair| (pair.name.local.to_string(), pair.value.to_string()));
            let attributes = pairs.collect();
            let element = Element { name: name.to_owned(), attributes, parent, end: place + 1, text: (at, at) };
            self.document.elements.push(element);
            if !is_void(name) && self.open.len() < DEPTH_MAX {
                self.open.push(place);
            }
        }
        match name {
            "script" => Some(ScriptData),
            "style" | "xmp" | "iframe" | "noembed" | "noframes" => Some(Rawtext),
            "title" | "textarea" => Some(Rcdata),
            _ => None,
        }
    }

    /// End tags that may be left out: an item ends where the next one begins.
    fn close_before(&mut self, name: &str) {
        let (ends, until): (&[&str], &[&str]) = match name {
            "option" | "optgroup" => (&["option"], &["select", "datalist"]),
            "li" => (&["li"], &["ul", "ol", "menu"]),
            "dt" | "dd" => (&["dt", "dd"], &["dl"]),
            "tr" => (&["tr", "td", "th"], &["table"]),
            "td" | "th" => (&["td", "th"], &["tr", "table"]),
            _ => return,
        };
        let elements = &self.document.elements;
        let inner = self.open.iter().rposition(|place| until.contains(&elements[*place].name.as_str()));
        let from = inner.map_or(0, |place| place + 1);
        let found = self.open[from..].iter().position(|place| ends.contains(&elements[*place].name.as_str()));
        if let Some(place) = found {
            self.close_from(from + place);
        }
    }

    fn close(&mut self, name: &str) {
        if name == "html" {
            self.document.is_complete = true;
        }
        if let Some(place) = self.open.iter().rposition(|place| self.document.elements[*place].name == name) {
            self.close_from(place);
        }
        // Words of neighbours are not one word.
        if !is_inline(name) {
            self.document.text.push(' ');
        }
    }

    fn close_from(&mut self, depth: usize) {
        let (end, text_end) = (self.document.elements.len(), self.document.text.len());
        for place in self.open.drain(depth..) {
            let element = &mut self.document.elements[place];
            element.end = end;
            element.text.1 = text_end;
        }
    }

    fn words(&mut self, text: &str) {
        let inside = self.open.last().map(|place| self.document.elements[*place].name.as_str());
        if !matches!(inside, Some("script" | "style")) {
            self.document.text.push_str(text);
        }
    }

    fn finish(mut self) -> Document {
        self.close_from(0);
        self.document
    }
}

/// Elements that hold nothing.
fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "source"
            | "track"
            | "wbr"
    )
}

fn is_inline(name: &str) -> bool {
    matches!(name, "a" | "b" | "em" | "i" | "ins" | "del" | "small" | "span" | "strong" | "wbr")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn pages_become_elements_with_words() {
        let html = "<!doctype html><html><head><title>Mug &amp; cup</title><style>p > a {}</style></head>\
                    <body><script>if (a < b) \"</p><a href=/no>\"</script><ul><li>One<li><a HREF='/two?a=1&amp;b=2'>\
                    Two\n  <b>bold</b>ly</a></ul><!-- <a href=/no> --><form><input name=a><form><input name=b></form>\
                    </body></html>";
        let document = Document::parse(html);
        let texts = |name| document.all(name).map(Node::text).collect::<Vec<String>>();
        assert_eq!(texts("title"), ["Mug & cup"]);
        assert_eq!(texts("li"), ["One", "Two boldly"]);
        let links: Vec<&str> = document.all("a").filter_map(|link| link.attribute("href")).collect();
        assert_eq!(links, ["/two?a=1&b=2"]);
        let fields: Vec<&str> =
            document.all("form").flat_map(Node::inside).filter_map(|node| node.attribute("name")).collect();
        assert_eq!(fields, ["a", "b"], "a form in a form is ignored");
        let around: Vec<&str> = document.all("a").flat_map(Node::around).map(Node::name).collect();
        assert_eq!(around, ["li", "ul", "body", "html"]);
        assert!(document.is_complete());
    }

    #[test]
    fn a_page_that_was_cut_off_is_known() {
        for (html, want) in
            [("<html><p>Hello</p></html>", true), ("<html><p>Hel", false), ("<html></htm", false), ("", false)]
        {
            assert_eq!(Document::parse(html).is_complete(), want, "{html}");
        }
    }

    #[test]
    fn hostile_pages_end() {
        let deep = "<div>".repeat(200_000);
        let attributes = format!("<p {}>", (0..200_000).map(|n| format!("a{n} ")).collect::<String>());
        let items = "<li>".repeat(100_000);
        for html in [deep, attributes, items, "<!--".repeat(100_000), "</p>".repeat(100_000)] {
            assert!(Document::parse(&html).elements.len() <= ELEMENTS_MAX);
        }
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(parts in prop::collection::vec(prop_oneof![
            Just("<".to_owned()), Just("</".to_owned()), Just(">".to_owned()), Just("<li>".to_owned()), Just("<ul>".to_owned()),
            Just("<select>".to_owned()), Just("<option>".to_owned()), Just("</select>".to_owned()), Just("<form>".to_owned()),
            Just("</form>".to_owned()), Just("<script>".to_owned()), Just("</script>".to_owned()), Just("<textarea>".to_owned()),
            Just("<table><tr><td>".to_owned()), Just("</table>".to_owned()), Just("&#x110000;&amp".to_owned()), ".{0,8}",
        ], 0..60)) {
            let document = Document::parse(&parts.concat());
            for node in document.every() {
                prop_assert!(node.inside().all(|inner| inner.around().any(|outer| outer.place == node.place)));
                let _ = node.text();
            }
        }
    }
}
