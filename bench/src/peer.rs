//! The same load on django-oscar and on a store, all running already.
//!
//! Oscar may run in several forms at once: its guide's database settings lose writes under load, others make readers
//! wait. The best form counts in each row, so that none is measured at its weakest.

use crate::arguments::{Peer, PeerStore};
use crate::browser::{Browser, encode, hidden_field};
use crate::figures::ratio;
use crate::http::{Row, measure};
use crate::load::{Form, Pressure, Target};
use anyhow::{Context, ensure};
use std::net::SocketAddr;

/// Where the store takes goods for the basket.
const ADD_PATH: &str = "/basket/lines";

/// One kind of request: what the peers are asked for, and the store.
struct Contest<'p> {
    name: &'static str,
    peer_path: &'p str,
    store_path: &'p str,
    /// What the row of a store is called beside the contest's name, and where it listens.
    stores: Vec<(&'static str, SocketAddr)>,
    /// The forms that are sent, where it is no page that is asked for.
    forms: Option<Forms>,
}

/// A form for each peer, and the store's.
struct Forms {
    peers: Vec<Form>,
    store: Form,
}

impl Contest<'_> {
    /// The peers' rows, then the store's.
    fn rows(&self, peer: &Peer) -> (Vec<Row<'static>>, Vec<Row<'static>>) {
        let peers = peer.peer.iter().enumerate().map(|(place, one)| {
            let form = self.forms.as_ref().and_then(|forms| forms.peers.get(place)).cloned();
            let target = Target { address: one.address, path: self.peer_path.to_owned(), form };
            Row::new(format!("{}: Oscar, {}", self.name, one.name), target, None)
        });
        let stores = self.stores.iter().map(|(name, address)| {
            let form = self.forms.as_ref().map(|forms| forms.store.clone());
            let target = Target { address: *address, path: self.store_path.to_owned(), form };
            Row::new(format!("{}{name}", self.name), target, None)
        });
        (peers.collect(), stores.collect())
    }
}

/// `bench peer`
pub(crate) async fn run(peer: &Peer, store: &PeerStore) -> anyhow::Result<()> {
    let pages = vec![(", kept", store.store), (", made anew", store.store_anew)];
    let contests = [
        Contest {
            name: "product page",
            peer_path: &peer.peer_product,
            store_path: &store.product,
            stores: pages.clone(),
            forms: None,
        },
        Contest { name: "search", peer_path: &peer.peer_search, store_path: &store.search, stores: pages, forms: None },
        Contest {
            name: "add to the basket",
            peer_path: &peer.peer_add,
            store_path: ADD_PATH,
            stores: vec![("", store.store)],
            forms: Some(forms(peer, store).await?),
        },
    ];
    let mut rows = Vec::new();
    let mut spans = Vec::new();
    for (peers, stores) in contests.iter().map(|contest| contest.rows(peer)) {
        let (start, middle) = (rows.len(), rows.len() + peers.len());
        rows.extend(peers.into_iter().chain(stores));
        spans.push((start..middle, start..rows.len()));
    }
    measure(&mut rows, Pressure { connections: store.connections, seconds: store.seconds }, store.runs)?;
    println!("{:<40} {:>10} {:>9} {:>6}", "", "answers/s", "of Oscar", "bad");
    for (peers, all) in spans {
        let floor = rows[peers].iter().map(|row| row.best.per_hundred_seconds).max().unwrap_or_default();
        for row in &rows[all] {
            let rate = row.best.per_hundred_seconds;
            println!("{:<40} {:>10} {:>9} {:>6}", row.name, ratio(rate, 100), ratio(rate, floor), row.best.bad);
        }
    }
    Ok(())
}

/// What a new visitor sends, who has no session and no basket yet.
async fn forms(peer: &Peer, store: &PeerStore) -> anyhow::Result<Forms> {
    let mut peers = Vec::new();
    for one in &peer.peer {
        peers.push(peer_form(one.address, peer).await.with_context(|| one.name.clone())?);
    }
    let mut browser = Browser::new(store.store);
    let page = browser.get(&store.product).await?.expect_status(200, "the store's product page")?.text();
    let product = hidden_field(&page, &format!("action=\"{ADD_PATH}\""), "product")?;
    let store = Form { body: format!("product={}&quantity=1&locale=", encode(&product)), headers: Vec::new() };
    Ok(Forms { peers, store })
}

/// The peer's form, with the token against forged forms.
async fn peer_form(address: SocketAddr, peer: &Peer) -> anyhow::Result<Form> {
    let mut browser = Browser::new(address);
    let page = browser.get(&peer.peer_product).await?.expect_status(200, "the product page")?.text();
    let token = csrf_token(&page).context("no csrfmiddlewaretoken on the page")?;
    let cookie = browser.cookie("csrftoken").context("no csrftoken cookie")?.to_owned();
    let form = Form {
        body: format!("csrfmiddlewaretoken={token}&quantity=1"),
        headers: vec![("Cookie".to_owned(), format!("csrftoken={cookie}"))],
    };
    let fields = [("csrfmiddlewaretoken", token), ("quantity", "1")];
    let added = browser.post(&peer.peer_add, &fields).await?;
    ensure!(added.status == 302, "add to basket says {}: {}", added.status, added.text());
    // A form that Oscar does not take is answered with the same status, without a basket.
    ensure!(browser.cookie("oscar_open_basket").is_some(), "add to basket made no basket");
    Ok(form)
}

fn csrf_token(page: &str) -> Option<&str> {
    let (_, rest) = page.split_once("name=\"csrfmiddlewaretoken\" value=\"")?;
    rest.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_from_the_form() {
        let page = r#"<form action="/basket/add/2/"><input type="hidden" name="csrfmiddlewaretoken" value="aB3"><b>"#;
        assert_eq!(csrf_token(page), Some("aB3"));
        assert_eq!(csrf_token("<form>"), None);
    }
}
