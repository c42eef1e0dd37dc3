//! `demo`: a payment site to try the store with, and the gateway that talks to it.
//!
//! [`Site`] is a stranger to the store on purpose. It has its own port, its own memory, its own pages and its own view of
//! what was paid; the two share nothing but secrets and HTTP. Whoever pays there chooses what happens, from *approve* to
//! *the webhook is lost*, so that every road of a real payment can be walked without a bank. No card is asked for and no
//! money moves.
//!
//! [`DemoGateway`] is the store's side, written as that of any real gateway would be. Start at [`DemoConfig`] and
//! [`SiteConfig`].

mod api;
mod client;
mod pages;
mod payment;
mod site;
mod store;
mod webhooks;
mod wire;

pub use client::{DemoConfig, DemoGateway, SIGNATURE_HEADER};
pub use site::{Clock, Site, SiteConfig, SiteError};
pub use wire::{Behaviour, Operation, Outcome};
