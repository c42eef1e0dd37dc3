//! Kinds of pages, and kinds of errors.

use serde::Serialize;

/// What an address is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The home page of a market.
    Home,
    /// A category, a page of it, filtered or sorted.
    Listing,
    /// A search.
    Search,
    /// A product's page.
    Product,
    /// A stylesheet, script, icon or picture.
    Asset,
    /// What the page's script asks for: how much is in stock.
    Script,
    /// The basket: looked at, added to, changed.
    Basket,
    /// Address, delivery, review, and the way back from paying.
    Checkout,
    /// The page of an order.
    Order,
    /// The payment page, which is not the shop's.
    Payment,
    /// Any other page.
    Page,
}

impl Kind {
    /// The kind of an address of the shop, by its path.
    pub(crate) fn of(path: &str) -> Self {
        let first = |path: &str| path.split('/').nth(1).unwrap_or_default().to_owned();
        // What is cached stands behind a market's segment, `/de/category/tea`; the rest does not.
        let second = path.splitn(3, '/').nth(2).map(|rest| rest.split('/').next().unwrap_or_default());
        match first(path).as_str() {
            "" => Self::Home,
            "static" | "media" | "favicon.ico" | "manifest.webmanifest" => Self::Asset,
            "stock" | "suggest" => Self::Script,
            "basket" => Self::Basket,
            "checkout" | "pay" => Self::Checkout,
            "order" => Self::Order,
            "category" => Self::Listing,
            "product" => Self::Product,
            "search" => Self::Search,
            _ => match second {
                Some("category") => Self::Listing,
                Some("product") => Self::Product,
                Some("search") => Self::Search,
                Some("suggest" | "stock") => Self::Script,
                _ => Self::Page,
            },
        }
    }

    /// In plain words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Listing => "listing",
            Self::Search => "search",
            Self::Product => "product",
            Self::Asset => "file",
            Self::Script => "script",
            Self::Basket => "basket",
            Self::Checkout => "checkout",
            Self::Order => "order",
            Self::Payment => "payment page",
            Self::Page => "other page",
        }
    }
}

/// What went wrong with a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorKind {
    /// The shop said that it failed, or that there is no such page.
    Status,
    /// No whole answer in time.
    Timeout,
    /// No connection.
    Connect,
    /// The shop's certificate is not believed.
    Certificate,
    /// The connection ended in the midst.
    Reset,
    /// What came is no HTTP.
    Protocol,
    /// A body or head beyond its bound.
    TooLarge,
    /// Redirects without end, or to nowhere.
    Redirects,
    /// No file or port left on the machine that plays: its limit, not the shop's.
    Generator,
    /// A page came, and it is the wrong one: without its title, cut off, a basket that lost a line, another total.
    WrongPage,
}

impl ErrorKind {
    /// In plain words.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Status => "bad status",
            Self::Timeout => "no answer in time",
            Self::Connect => "no connection",
            Self::Certificate => "certificate refused",
            Self::Reset => "connection lost",
            Self::Protocol => "not HTTP",
            Self::TooLarge => "too large",
            Self::Redirects => "lost in redirects",
            Self::Generator => "this machine's own limit",
            Self::WrongPage => "wrong page",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_a_kind() {
        for (path, want) in [
            ("/", Kind::Home),
            ("/category/tea", Kind::Listing),
            ("/uk-de/category/tea", Kind::Listing),
            ("/de/product/mug", Kind::Product),
            ("/search", Kind::Search),
            ("/de/search", Kind::Search),
            ("/stock", Kind::Script),
            ("/static/app.css", Kind::Asset),
            ("/media/a/b/c.jpg", Kind::Asset),
            ("/basket/lines", Kind::Basket),
            ("/checkout/review", Kind::Checkout),
            ("/pay/return/1", Kind::Checkout),
            ("/order/secret", Kind::Order),
            ("/terms", Kind::Page),
            ("/de", Kind::Page),
            ("", Kind::Home),
        ] {
            assert_eq!(Kind::of(path), want, "{path}");
        }
    }
}
