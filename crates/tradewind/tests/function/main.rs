//! The real `bootstrap` under AWS's own emulator of the Runtime API.
//!
//! Start at [`emulator`], then [`events`].

#![expect(clippy::unwrap_used, reason = "helpers of a test: what fails here fails the test")]
#![expect(
    clippy::disallowed_methods,
    reason = "the function is a process of its own, ended by the guard that started it"
)]

mod emulator;
mod events;
