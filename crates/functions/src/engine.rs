//! Runs one function, event after event.

use crate::bounds::{Bounds, Utilisation};
use crate::error::RunError;
use crate::event::{self, Sent};
use crate::function::Function;
use crate::key_values::KeyValues;
use crate::place::EdgeLocation;
use crate::realm::{Called, Realm};
use crate::request::{RequestOutcome, ViewerRequest};
use crate::response::{ResponseOutcome, ViewerResponse};
use http::StatusCode;
use std::sync::Arc;

/// Milliseconds since 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct UnixMs(pub u64);

/// One call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run<T> {
    /// What came of it.
    pub outcome: Result<T, RunError>,
    /// What the function wrote with `console.log`, a line for each call, [`LOG_BYTES_MAX`](crate::LOG_BYTES_MAX) at most.
    pub log: String,
    /// How much of the allowed time it took.
    pub utilisation: Utilisation,
}

/// Runs one function; one engine for each function and thread. The first call makes the realm, later ones use it again.
///
/// Nothing that a call leaves behind is there for the next: the function's own top level runs anew for every event, and
/// all that is built in is frozen. CloudFront says that it keeps no state between calls but does not say that there
/// never is any; a function that counts its calls counts to one here. What follows from it: changing a built-in object
/// (`String.prototype.x = …`, `globalThis.x = …`) throws a `TypeError`, where CloudFront may let it pass.
pub struct Engine {
    function: Function,
    key_values: Option<Arc<KeyValues>>,
    place: EdgeLocation,
    bounds: Bounds,
    realm: Option<Realm>,
}

impl Engine {
    /// An engine with production's bounds, at home, without a key-value store.
    pub fn new(function: Function) -> Self {
        Self { function, key_values: None, place: EdgeLocation::default(), bounds: Bounds::default(), realm: None }
    }

    /// With the one store that `cf.kvs()` gives, whichever id it is asked for.
    #[must_use]
    pub fn with_key_values(self, key_values: Arc<KeyValues>) -> Self {
        Self { key_values: Some(key_values), realm: None, ..self }
    }

    /// With another place for `cf.edgeLocation`.
    #[must_use]
    pub fn with_place(self, place: EdgeLocation) -> Self {
        Self { place, realm: None, ..self }
    }

    /// With other bounds.
    #[must_use]
    pub fn with_bounds(self, bounds: Bounds) -> Self {
        Self { bounds, realm: None, ..self }
    }

    /// Runs the function on a viewer request; `now` is what its clock shows.
    pub fn on_request(&mut self, request: &ViewerRequest<'_>, now: UnixMs) -> Run<RequestOutcome> {
        let sent = Sent::of_request(request);
        let event = event::of_request(request, &sent);
        let call = |realm: &Realm| realm.call(&event, request.query, now.0, true);
        self.run(call, |result, called| RequestOutcome::read(result, request, &sent, called.origin.take()))
    }

    /// Runs the function on a viewer response. An answer of 400 or more passes without it, as on CloudFront.
    pub fn on_response(&mut self, response: &ViewerResponse<'_>, now: UnixMs) -> Run<ResponseOutcome> {
        if response.status >= StatusCode::BAD_REQUEST {
            let outcome = Ok(ResponseOutcome::unchanged(response));
            return Run { outcome, log: String::new(), utilisation: Utilisation::of(std::time::Duration::ZERO) };
        }
        let sent = Sent::of_response(response.headers);
        let event = event::of_response(response, &sent);
        let call = |realm: &Realm| realm.call(&event, response.request.query, now.0, false);
        self.run(call, |result, _| ResponseOutcome::read(result, response, &sent))
    }

    fn run<T>(
        &mut self,
        call: impl Fn(&Realm) -> Called,
        read: impl Fn(&str, &mut Called) -> Result<T, RunError>,
    ) -> Run<T> {
        let made = match self.realm.take() {
            Some(realm) => Ok(realm),
            None => Realm::new(&self.function, self.key_values.as_ref(), &self.place, self.bounds),
        };
        let realm = match made {
            Ok(realm) => realm,
            Err(error) => {
                let utilisation = Utilisation::of(std::time::Duration::ZERO);
                return Run { outcome: Err(error), log: String::new(), utilisation };
            }
        };
        let mut called = call(&realm);
        // A realm that met a bound may be in any state; the next call gets a new one.
        if called.result.as_ref().err().is_none_or(RunError::leaves_realm_whole) {
            self.realm = Some(realm);
        }
        let result = std::mem::replace(&mut called.result, Ok(None));
        let outcome = result.and_then(|result| {
            let result = result.ok_or_else(|| RunError::invalid("the result", "is undefined or a function"))?;
            read(&result, &mut called)
        });
        Run { outcome, utilisation: Utilisation::of(called.spent), log: called.log }
    }
}
