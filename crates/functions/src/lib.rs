//! Runs CloudFront Functions (JavaScript runtime 2.0, viewer request and viewer response) on this machine, and admits
//! only what CloudFront admits.
//!
//! Knows nothing of sockets, async, files, the clock or the store: callers bring events and the time, and take outcomes
//! away. Start at [`Function`], the gate; then [`Engine`], which calls it; then [`RequestOutcome`].
//!
//! ```
//! use functions::{Engine, Function, Ids, RequestOutcome, UnixMs, ViewerRequest};
//! use http::{HeaderMap, Method};
//! use std::net::{IpAddr, Ipv4Addr};
//!
//! let source = "function handler(event) {
//!     var request = event.request;
//!     if (request.uri === '/old') {
//!         return {statusCode: 301, headers: {location: {value: '/new'}}};
//!     }
//!     delete request.querystring.gclid;
//!     return request;
//! }";
//! let mut engine = Engine::new(Function::new("redirects", source)?);
//!
//! let request = ViewerRequest {
//!     method: &Method::GET,
//!     uri: "/mug",
//!     query: Some("colour=red&gclid=1"),
//!     headers: &HeaderMap::new(),
//!     viewer_ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
//!     ids: Ids { distribution_domain_name: "shop.example", distribution_id: "LOCAL", request_id: "1" },
//! };
//! let run = engine.on_request(&request, UnixMs(1_793_700_000_000));
//! let RequestOutcome::Forward(forwarded) = run.outcome? else { panic!("/mug is not moved") };
//! assert_eq!(forwarded.query.as_deref(), Some("colour=red"));
//!
//! // What CloudFront would refuse is refused here, with a place and a way out.
//! let refused = Function::new("modern", "const handler = ({request}) => request;").unwrap_err();
//! assert_eq!(
//!     refused.to_string(),
//!     "line 1, column 18: there is no destructuring in CloudFront Functions; write const x = object.x;"
//! );
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod bounds;
mod check;
mod digest;
mod engine;
mod error;
mod event;
mod fields;
mod function;
mod gate;
mod headers;
mod json;
mod key_values;
mod origin;
mod place;
mod realm;
mod refusal;
mod request;
mod response;
mod stopwatch;

pub use bounds::{Bounds, CPU_MS_MAX, LOG_BYTES_MAX, MEMORY_BYTES_MAX, STACK_BYTES_MAX, Utilisation, WALL_MS_MAX};
pub use engine::{Engine, Run, UnixMs};
pub use error::RunError;
pub use function::{Function, FunctionError, NAME_CHARS_MAX, Position, SOURCE_BYTES_MAX};
pub use key_values::{KEY_BYTES_MAX, KeyValues, KeyValuesError, STORE_BYTES_MAX, VALUE_BYTES_MAX};
pub use origin::Origin;
pub use place::{EdgeLocation, Ids};
pub use request::{ForwardedRequest, GeneratedResponse, RequestOutcome, ViewerRequest};
pub use response::{ResponseOutcome, ViewerResponse};
