//! An edge with an origin behind it.

use crate::origin::{Origin, WAIT_MAX};
use crate::viewer::{self, Answer};
use edge::{Class, Description, Profile, StoreOrigins, UnixMs};
use http::Method;
use proxy::{Bounds, Clock, Options, Proxy, Running};
use std::net::SocketAddr;

/// Sun, 06 Nov 1994 08:49:37 GMT.
pub(crate) const NOW: UnixMs = UnixMs(784_111_777_000);
/// Bytes of a body that is kept.
pub(crate) const OBJECT_BYTES_MAX: usize = 64 << 10;

/// An edge, its origin and its clock.
pub(crate) struct World {
    pub(crate) edge: Running,
    pub(crate) origin: Origin,
    pub(crate) clock: Clock,
}

/// A store's description: `/static/*` are files, `/own` is a visitor's own, all else is kept.
pub(crate) fn store(address: &str) -> Description {
    let patterns = [("/static/*", Class::Asset), ("/own", Class::Own), ("/own/*", Class::Own)];
    let mut description = Description::for_store(patterns, &["q", "page"], StoreOrigins::at(address));
    description.origins[0].response_seconds = 1;
    description.origins[0].connect_seconds = 1;
    description.origins[0].connect_tries = 1;
    description
}

pub(crate) fn bounds() -> Bounds {
    Bounds { object_bytes_max: OBJECT_BYTES_MAX, request_body_bytes_max: 1_000, ..Bounds::default() }
}

impl World {
    /// A store's edge.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}, |_| {}).await
    }

    /// The edge of any server, by the RFC.
    pub(crate) async fn by_rfc() -> Self {
        Self::with(|it| *it = Description::in_front_of(&it.origins[0].address, Profile::Rfc9111), |_| {}).await
    }

    /// A store's edge, changed as a test likes.
    pub(crate) async fn with(describe: impl FnOnce(&mut Description), set: impl FnOnce(&mut Options)) -> Self {
        let origin = Origin::start().await;
        let clock = Clock::fixed(NOW);
        let mut description = store(&origin.address);
        describe(&mut description);
        let mut options = Options { clock: clock.clone(), bounds: bounds(), ..Options::default() };
        set(&mut options);
        Self { edge: Proxy::start(description, options).await.unwrap(), origin, clock }
    }

    pub(crate) fn address(&self) -> SocketAddr {
        self.edge.address()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        viewer::get(self.address(), path).await
    }

    pub(crate) async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        viewer::ask(self.address(), Method::GET, path, headers, "").await
    }

    /// Asks for an address, which the origin answers so.
    pub(crate) async fn fetch(&mut self, path: &str, headers: &str, body: &str) -> Answer {
        let edge = self.address();
        let asking = viewer::get(edge, path);
        let answering = async { self.origin.next().await.answer(200, headers, body).await };
        tokio::join!(asking, answering).0
    }

    /// Nobody has asked the origin beyond what the test has seen.
    pub(crate) fn rests(&self) {
        assert_eq!(self.edge.figures().origin_requests, self.origin.seen);
    }

    /// Waits until so much is kept: an answer is kept when its last byte has come, a moment after viewers have it.
    pub(crate) async fn kept(&self, addresses: usize) {
        until(|| self.edge.figures().addresses == addresses).await;
    }
}

/// Waits until something holds that other tasks bring about.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let held = tokio::time::timeout(WAIT_MAX, async {
        while !holds() {
            tokio::task::yield_now().await;
        }
    });
    held.await.expect("it comes to hold");
}
