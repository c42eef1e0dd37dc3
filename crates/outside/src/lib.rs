//! How the store asks programs outside of it: a pricing module, a tax provider, the register of VAT numbers.
//!
//! All by one rule: a question by HTTP, signed, with a deadline, a bound on the answer and a rest for whoever does not
//! answer. What becomes of a basket without an answer is the caller's affair: every error here says *go on without*.
//! `docs/outside.md` is the page for those who write the other side.
//!
//! Knows nothing of baskets, checkouts, SQL or settings: values of the domain go in, values that were checked come out. Makes
//! nothing while the store starts, and keeps nothing but connections and who has not answered lately.
//! Start at [`outside`], then [`pricing`].

pub mod address;
mod breaker;
#[cfg(test)]
mod documented;
pub mod field;
pub mod line;
pub mod network;
pub mod outside;
pub mod pricing;
pub mod secret;
pub mod tax;
pub mod vat_register;

pub use address::{Address, InvalidAddress};
pub use breaker::{FAILURES_IN_A_ROW_MAX, REST_MS};
pub use field::{FieldError, FieldProblem};
pub use line::{Deadline, OutsideError};
pub use network::{Clock, Network};
pub use outside::Outside;
pub use secret::{InvalidSecret, Secret};
