//! A page as a shopper sees it: headings, links, forms, pictures, prices.

use crate::form::{ControlKind, Form};
use crate::html::{Document, Node};
use crate::plan::Device;
use crate::srcset;
use std::collections::{BTreeMap, BTreeSet};
use url::Url;

/// Most links of a page.
const LINKS_MAX: usize = 2_000;
/// Most files of a page.
const FILES_MAX: usize = 200;
/// Pictures below the fold that a browser begins to load all the same: about a screen and a half of cards.
const LAZY_PICTURES: usize = 8;
/// Stock records that the theme's script asks for at once.
const STOCK_IDS_MAX: usize = 96;

/// What is on a page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) title: String,
    /// Its first `h1`.
    pub(crate) heading: String,
    /// The address that it says it has.
    pub(crate) canonical: Option<String>,
    /// Whether its end came.
    pub(crate) is_complete: bool,
    pub(crate) links: Vec<Link>,
    pub(crate) forms: Vec<Form>,
    /// Stylesheets, scripts and pictures that a browser loads, each once.
    pub(crate) files: Vec<Url>,
    /// Stock records of the cards, as the script asks for them.
    pub(crate) stock_ids: Vec<String>,
    /// The amount in the row of the total.
    pub(crate) total: Option<String>,
}

/// A link.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    pub(crate) url: Url,
    pub(crate) text: String,
    pub(crate) is_next: bool,
    /// Whether it is the heading of what it leads to, as on a card.
    pub(crate) is_heading: bool,
}

impl Page {
    pub(crate) fn read(html: &str, url: &Url, device: Device) -> Self {
        let document = Document::parse(html);
        let first = |name| document.all(name).map(Node::text).next().unwrap_or_default();
        let canonical = document.all("link").find(|link| link.has_word("rel", "canonical"));
        Self {
            title: first("title"),
            heading: first("h1"),
            canonical: canonical.and_then(|link| link.attribute("href")).map(str::to_owned),
            is_complete: document.is_complete(),
            links: links(&document, url),
            forms: Form::all(&document),
            files: files(&document, url, device),
            stock_ids: stock_ids(&document),
            total: total(&document),
        }
    }

    /// Products that it links to, each once, in order.
    pub(crate) fn products(&self) -> Vec<&Link> {
        let mut seen = BTreeSet::new();
        let named = |link: &&Link| link.url.path().contains("/product/") && !link.text.is_empty();
        self.links.iter().filter(named).filter(|link| seen.insert(link.url.path())).collect()
    }

    /// Categories that it links to; pages and filters of one are not others.
    pub(crate) fn categories(&self) -> Vec<&Link> {
        let is_category = |link: &&Link| link.url.path().contains("/category/") && link.url.query().is_none();
        self.links.iter().filter(is_category).collect()
    }

    /// The next page of a list.
    pub(crate) fn next(&self) -> Option<&Link> {
        self.links.iter().find(|link| link.is_next)
    }

    /// The first form that leads to a path which ends so.
    pub(crate) fn form(&self, path_end: &str) -> Option<&Form> {
        self.forms.iter().find(|form| form.path().ends_with(path_end))
    }

    /// The product's own form: the one where a quantity can be typed. Cards beside it have small ones.
    pub(crate) fn buy_form(&self) -> Option<&Form> {
        let is_own = |form: &&Form| {
            let quantity = form.find("quantity").or_else(|| form.default_button());
            form.path().ends_with("/basket/lines")
                && quantity.is_some_and(|control| matches!(control.kind, ControlKind::Text(_) | ControlKind::Submit))
                && form.find("quantity").is_none_or(|control| control.kind != ControlKind::Hidden)
        };
        self.forms.iter().find(is_own)
    }

    /// Units of each product in the basket that it shows.
    pub(crate) fn basket(&self) -> BTreeMap<String, u32> {
        let mut units = BTreeMap::new();
        for form in self.forms.iter().filter(|form| form.path().ends_with("/basket/quantity")) {
            if let (Some(product), Some(quantity)) = (form.value("product"), form.value("quantity")) {
                *units.entry(product).or_default() += quantity.parse::<u32>().unwrap_or_default();
            }
        }
        units
    }
}

fn links(document: &Document, url: &Url) -> Vec<Link> {
    let link = |node: Node<'_>| {
        let target = url.join(node.attribute("href")?.trim()).ok()?;
        let is_page = matches!(target.scheme(), "http" | "https");
        let is_heading = node.around().next().is_some_and(|outer| matches!(outer.name(), "h2" | "h3"));
        is_page.then(|| Link { url: target, text: node.text(), is_next: node.has_word("rel", "next"), is_heading })
    };
    document.all("a").filter_map(link).take(LINKS_MAX).collect()
}

fn files(document: &Document, url: &Url, device: Device) -> Vec<Url> {
    let mut lazy = 0;
    let mut seen = BTreeSet::new();
    let mut files = Vec::new();
    for node in document.every() {
        if node.around().any(|outer| matches!(outer.name(), "template" | "noscript")) {
            continue;
        }
        let address = match node.name() {
            "link" if node.has_word("rel", "stylesheet") || node.has_word("rel", "icon") => {
                // Of two icons a browser takes one; the second says that it is the other's stand-in.
                node.attribute("href").filter(|_| !node.has_word("rel", "alternate"))
            }
            "script" => node.attribute("src"),
            "img" => {
                let is_lazy = node.attribute("loading") == Some("lazy");
                let address = picture(node, device);
                // One that is loaded already takes none of the places.
                let is_new = address.and_then(|address| url.join(address).ok()).is_some_and(|url| !seen.contains(&url));
                lazy += usize::from(is_lazy && is_new);
                address.filter(|_| !is_lazy || lazy <= LAZY_PICTURES)
            }
            _ => None,
        };
        let Some(file) = address.and_then(|address| url.join(address.trim()).ok()) else { continue };
        if matches!(file.scheme(), "http" | "https") && files.len() < FILES_MAX && seen.insert(file.clone()) {
            files.push(file);
        }
    }
    files
}

/// The address of a picture in the kind and size that the device takes.
fn picture(image: Node<'_>, device: Device) -> Option<&str> {
    let around = image.around().next().filter(|node| node.name() == "picture");
    let sources = around.into_iter().flat_map(Node::inside).filter(|node| node.name() == "source");
    let known = sources.filter(|node| node.attribute("type").is_none_or(|kind| kind == "image/webp"));
    let from_sources = known.filter_map(|node| srcset::choose(node.attribute("srcset")?, device)).next();
    let own = || srcset::choose(image.attribute("srcset")?, device);
    from_sources.or_else(own).or_else(|| image.attribute("src")).filter(|address| !address.is_empty())
}

fn stock_ids(document: &Document) -> Vec<String> {
    let lists = document.every().filter_map(|node| node.attribute("data-stock"));
    let ids: BTreeSet<&str> = lists.flat_map(|list| list.split(',')).filter(|id| !id.is_empty()).collect();
    ids.into_iter().take(STOCK_IDS_MAX).map(str::to_owned).collect()
}

fn total(document: &Document) -> Option<String> {
    let row = document.every().find(|node| node.has_word("class", "total"))?;
    row.inside().find(|node| node.name() == "dd").map(Node::text).filter(|total| !total.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(html: &str) -> Page {
        Page::read(html, &Url::parse("http://shop.example/category/tea?page=2").unwrap(), Device::Phone)
    }

    #[test]
    fn a_listing_has_products_files_and_a_next_page() {
        let page = read(
            "<html><head><title>Tea</title><link rel=canonical href=http://shop.example/category/tea>\
             <link rel=stylesheet href=/a.css><link rel=icon href=/i.svg><link rel='alternate icon' href=/i.ico>\
             <script src=/a.js></script></head><h1>Tea</h1><li class=card data-stock=b,a><a href=/product/mug><img src=/m.svg></a>\
             <h3><a href='/product/mug'>Mug</a></h3><a href='/product/cup#more'>Cup</a> <a href=/category/pots>Pots</a>\
             <a rel=next href='?page=3'>Next</a><a href='mailto:a@b'>Mail</a>\
             <picture><source type=image/webp srcset='/p-320.webp 320w, /p-640.webp 640w'><img src=/p.jpg></picture></html>",
        );
        assert_eq!((page.title.as_str(), page.heading.as_str(), page.is_complete), ("Tea", "Tea", true));
        let names: Vec<&str> = page.products().iter().map(|link| link.text.as_str()).collect();
        assert_eq!(names, ["Mug", "Cup"]);
        assert_eq!(page.next().unwrap().url.as_str(), "http://shop.example/category/tea?page=3");
        assert_eq!(page.categories().len(), 1);
        let files: Vec<&str> = page.files.iter().map(Url::path).collect();
        assert_eq!(files, ["/a.css", "/i.svg", "/a.js", "/m.svg", "/p-640.webp"]);
        assert_eq!(page.stock_ids, ["a", "b"]);
        assert_eq!(page.canonical.as_deref(), Some("http://shop.example/category/tea"));
    }

    #[test]
    fn pictures_below_the_fold_are_left() {
        let many: String = (0..30).map(|n| format!("<img loading=lazy src=/{n}.jpg>")).collect();
        assert_eq!(read(&format!("<img src=/top.jpg>{many}")).files.len(), 1 + LAZY_PICTURES);
    }

    #[test]
    fn a_basket_and_a_total_are_read() {
        let line = |product: &str, quantity: u32| {
            format!(
                "<form method=post action=/basket/quantity><input type=hidden name=product value={product}>\
                 <input name=quantity type=number value={quantity}></form>"
            )
        };
        let lines = [line("a", 2), line("b", 1), line("a", 1)].concat();
        let page = read(&format!(
            "{lines}<dl class=totals><div><dt>Tax<dd>1</div><div class=total><dt>Total<dd> £ 5.00</div></dl>"
        ));
        assert_eq!(page.basket(), BTreeMap::from([("a".to_owned(), 3), ("b".to_owned(), 1)]));
        assert_eq!(page.total.as_deref(), Some("£ 5.00"));
    }

    #[test]
    fn the_products_own_form_is_not_that_of_a_card() {
        let card = "<form action=/basket/lines><input type=hidden name=quantity value=1><button>+</button></form>";
        let own =
            "<form action=/basket/lines id=own><input name=quantity value=1><button disabled>Sold out</button></form>";
        assert!(read(card).buy_form().is_none());
        assert!(!read(&format!("{card}{own}")).buy_form().unwrap().can_be_sent());
        // What is sold out has no field for a quantity.
        assert!(read("<form action=/basket/lines><button disabled>Sold out</button></form>").buy_form().is_some());
    }

    proptest! {
        #[test]
        fn no_page_makes_it_panic(html in "(<(a|img|link|source|picture|h1|dd|div|form|input|template)( (href|src|srcset|rel|class|data-stock|loading|action|name|value)=[\"'a-z/:?#&; ,0-9%]{0,8})*>|</(picture|div|a|form)>|[a-z&;é]{0,3}){0,40}") {
            let page = read(&html);
            let _ = (page.products(), page.categories(), page.next(), page.buy_form(), page.basket());
        }
    }
}
