//! What every environment of a service shares.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use crate::clock::Clock;
use crate::environment::Users;
use crate::fleet::Fleet;
use crate::keeper::Keeper;
use crate::logs::LogStore;
use crate::names::Place;
use crate::observer::Observer;
use crate::options::Python;

/// What every environment of a service shares.
pub(crate) struct Host {
    pub(crate) clock: Clock,
    pub(crate) observer: Arc<dyn Observer>,
    pub(crate) fleet: Arc<Fleet>,
    pub(crate) logs: LogStore,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) launcher: PathBuf,
    /// The folder that holds a folder for each environment.
    pub(crate) environments: PathBuf,
    pub(crate) users: Option<Users>,
    pub(crate) python: Option<Python>,
    pub(crate) place: Place,
    pub(crate) variables: BTreeMap<String, String>,
}

impl std::fmt::Debug for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Host").field("environments", &self.environments).finish_non_exhaustive()
    }
}
