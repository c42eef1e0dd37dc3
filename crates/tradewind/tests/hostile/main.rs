//! Whatever is sent, and whatever breaks: the real program over real sockets.
//!
//! Start at [`world`], which opens a shop and sends bytes to it; then [`heads`], [`forms`], [`people`] and [`faults`].

#![expect(clippy::unwrap_used, unreachable_pub, reason = "helpers of a test: what fails here fails the test")]
#![allow(
    clippy::disallowed_methods,
    clippy::zombie_processes,
    clippy::unnecessary_to_owned,
    clippy::manual_strip,
    clippy::wrong_self_convention,
    reason = "the program under attack is a process of its own, ended by the guard that started it"
)]

mod back;
mod crash;
mod faults;
mod forms;
mod heads;
mod paths;
mod people;
mod race;
mod random;
mod words;
mod world;
