//! A whole cloud region on one machine: a function behind an edge, with an object store beside them.
//!
//! Starts the local Lambda service, gives it one function with a URL, and puts an edge with the function's origin in
//! front of it, as on AWS: what works here works there, and what AWS would refuse is refused. Knows nothing of the
//! store: which addresses are kept, and what the function's variables say, is handed in. Start at [`Region::start`] and
//! [`Options`].

mod client;
mod control;
mod edge_functions;
mod options;
mod region;
mod schedule;
mod watch;

pub use client::CallError;
pub use edge_functions::{EdgeFunction, NamedFunctions};
pub use options::{BucketFiles, EdgePlan, ObjectOptions, Options, VariablesOf};
pub use region::{Addresses, Door, ProgramLines, Region, Running, StartError};
