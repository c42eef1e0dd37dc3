//! What a page must hold to be the right one: a cache that mixes pages up, a basket that lost a line or an answer that
//! was cut off comes with status 200.

use crate::browser::Visit;
use crate::kind::Kind;
use crate::page::Page;
use std::collections::BTreeMap;

/// What a shopper knows before the page comes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    /// The product's title, as the link said it.
    pub(crate) title: Option<String>,
    /// Units of each product that were put into the basket.
    pub(crate) basket: BTreeMap<String, u32>,
    /// The total that was shown when Pay was pressed.
    pub(crate) total: Option<String>,
}

impl Expected {
    /// What is wrong with a page of the shop's.
    pub(crate) fn wrong(&self, kind: Kind, visit: &Visit) -> Option<String> {
        let page = &visit.page;
        if !page.is_complete {
            return Some("the page is cut off: its end is missing".to_owned());
        }
        if page.title.is_empty() {
            return Some("a page without a title".to_owned());
        }
        match kind {
            Kind::Product => self.wrong_product(page).or_else(|| another_page(visit)),
            Kind::Home | Kind::Listing => another_page(visit),
            Kind::Basket if visit.url.path() == "/basket" => self.lost_line(page),
            Kind::Order => self.other_total(page),
            _ => None,
        }
    }

    fn wrong_product(&self, page: &Page) -> Option<String> {
        if page.heading.is_empty() {
            return Some("a product page without the product's title".to_owned());
        }
        let title = self.title.as_ref().filter(|title| **title != page.heading)?;
        Some(format!("the product is \"{}\", its link said \"{title}\"", page.heading))
    }

    /// A product that is not in the basket on show, or not as often as it was put in.
    fn lost_line(&self, page: &Page) -> Option<String> {
        let shown = page.basket();
        let (product, units) = self.basket.iter().find(|(product, units)| shown.get(*product) != Some(*units))?;
        let found = shown.get(product).copied().unwrap_or_default();
        Some(format!("the basket has {found} of {product}, {units} were put in"))
    }

    fn other_total(&self, page: &Page) -> Option<String> {
        let shown = self.total.as_ref()?;
        match &page.total {
            Some(total) if total == shown => None,
            Some(total) => Some(format!("the order's total is {total}, {shown} was shown before")),
            None => Some(format!("the order has no total, {shown} was shown before")),
        }
    }
}

/// The page says that it belongs to another address.
fn another_page(visit: &Visit) -> Option<String> {
    let canonical = visit.page.canonical.as_deref().and_then(|canonical| visit.url.join(canonical).ok())?;
    let is_other = canonical.path() != visit.url.path();
    is_other.then(|| format!("the page of {} instead", canonical.path()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::Device;
    use std::sync::Arc;
    use url::Url;

    fn wrong(expected: &Expected, kind: Kind, path: &str, html: &str) -> Option<String> {
        let url = Url::parse("http://shop.example").unwrap().join(path).unwrap();
        let page = Arc::new(Page::read(html, &url, Device::Phone));
        expected.wrong(kind, &Visit { url, page, refusal: None, is_elsewhere: false })
    }

    #[test]
    fn wrong_pages_are_seen() {
        let right = "<html><title>Mug – Shop</title><link rel=canonical href=https://shop.example/product/mug><h1>Mug</h1></html>";
        let mug = Some("Mug");
        for (case, kind, html, title, want) in [
            ("right", Kind::Product, right.to_owned(), mug, None),
            ("no link said", Kind::Product, right.to_owned(), None, None),
            ("renamed", Kind::Product, right.to_owned(), Some("Cup"), Some("link said \"Cup\"")),
            ("cut off", Kind::Product, right.replace("</html>", ""), None, Some("cut off")),
            ("no heading", Kind::Product, right.replace("<h1>Mug</h1>", ""), None, Some("without the product's title")),
            ("no product", Kind::Page, right.replace("<h1>Mug</h1>", ""), None, None),
            ("no title", Kind::Page, "<html></html>".to_owned(), None, Some("without a title")),
            ("mixed up", Kind::Product, right.replace("product/mug", "product/cup"), mug, Some("/product/cup instead")),
            ("a search", Kind::Search, right.replace("product/mug", "search"), None, None),
        ] {
            let expected = Expected { title: title.map(str::to_owned), ..Expected::default() };
            let got = wrong(&expected, kind, "/product/mug?x=1", &html);
            match want {
                None => assert_eq!(got, None, "{case}"),
                Some(words) => assert!(got.as_deref().is_some_and(|got| got.contains(words)), "{case}: {got:?}"),
            }
        }
    }

    #[test]
    fn a_lost_line_and_another_total_are_seen() {
        let expected = Expected {
            basket: BTreeMap::from([("a".to_owned(), 2)]),
            total: Some("£5.00".to_owned()),
            ..Expected::default()
        };
        let basket = |product: &str, units: u32| {
            format!(
                "<html><title>Basket</title><form action=/basket/quantity><input type=hidden name=product value={product}>\
                 <input name=quantity value={units}></form></html>"
            )
        };
        let order = |total: &str| format!("<html><title>Order</title><div class=total><dd>{total}</dd></div></html>");
        for (case, kind, path, html, is_right) in [
            ("as put in", Kind::Basket, "/basket", basket("a", 2), true),
            ("fewer", Kind::Basket, "/basket", basket("a", 1), false),
            ("another", Kind::Basket, "/basket", basket("b", 2), false),
            ("what was added", Kind::Basket, "/basket/lines", basket("b", 2), true),
            ("the same total", Kind::Order, "/order/x", order("£5.00"), true),
            ("another total", Kind::Order, "/order/x", order("£5.01"), false),
            ("no total", Kind::Order, "/order/x", order(""), false),
        ] {
            assert_eq!(wrong(&expected, kind, path, &html).is_none(), is_right, "{case}");
        }
    }
}
