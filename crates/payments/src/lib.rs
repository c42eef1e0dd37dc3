//! Payment gateways behind one trait: what a store asks of whoever moves its money.
//!
//! Knows nothing of orders, baskets, stock, SQL or pages of the store: amounts and references go in, what the gateway
//! says comes out, and whoever calls decides what it means. Keeps nothing itself.
//! Start at [`gateway`], then [`demo`].

pub mod demo;
pub mod gateway;
mod http_client;
pub mod invoice;
pub mod secret;
pub mod signature;

pub use gateway::{
    Asked, Capabilities, Ending, Gateway, GatewayError, IdempotencyKey, Next, ProviderPayment, ProviderReference,
    ProviderStatus, Reply, StartPayment, Started, Subject, SummaryLine, Wake, WebhookError,
};
pub use invoice::{Invoice, NothingToPay};
pub use secret::Secret;
