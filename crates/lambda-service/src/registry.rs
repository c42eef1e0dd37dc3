//! What there is: functions with their versions, aliases and everything that hangs on them.

mod alias;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::Value;

use crate::api::ApiError;
use crate::fleet::Share;
use crate::names::{AliasName, FunctionName, Qualifier, Version};
use crate::package::Package;
use crate::settings::Settings;
use crate::url::UrlConfig;

pub(crate) use alias::{Alias, Routing, parse_weight};

/// Concurrency that reservations must leave to the functions that have none.
const UNRESERVED_MIN: u32 = 100;

/// Tells revisions apart in one run of the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct RevisionNumber(u64);

/// Code and settings that do not change any more. `$LATEST` goes from one to the next, a published version is one.
#[derive(Debug)]
pub(crate) struct Revision {
    pub(crate) number: RevisionNumber,
    pub(crate) function: FunctionName,
    pub(crate) version: Version,
    pub(crate) settings: Settings,
    pub(crate) package: Arc<Package>,
    /// What callers name to be sure that nobody changed it meanwhile.
    pub(crate) revision_id: String,
    pub(crate) modified_ms: u64,
}

impl Revision {
    pub(crate) fn new(
        function: FunctionName,
        version: Version,
        settings: Settings,
        package: Arc<Package>,
        now_ms: u64,
    ) -> Arc<Self> {
        static NUMBERS: AtomicU64 = AtomicU64::new(1);
        let number = RevisionNumber(NUMBERS.fetch_add(1, Ordering::Relaxed));
        let revision_id = crate::ids::uuid();
        Arc::new(Self { number, function, version, settings, package, revision_id, modified_ms: now_ms })
    }
}

/// A function.
#[derive(Debug)]
pub(crate) struct Function {
    pub(crate) latest: Arc<Revision>,
    pub(crate) versions: BTreeMap<u64, Arc<Revision>>,
    version_last: u64,
    pub(crate) aliases: BTreeMap<AliasName, Alias>,
    pub(crate) reserved: Option<u32>,
    /// How many environments are kept ready, by what they are asked for under.
    pub(crate) provisioned: BTreeMap<Qualifier, Provisioned>,
    /// By alias; without one for the function itself.
    pub(crate) urls: BTreeMap<Option<AliasName>, UrlConfig>,
    pub(crate) event_configs: BTreeMap<Option<Qualifier>, EventConfig>,
    pub(crate) policies: BTreeMap<Option<Qualifier>, Policy>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// Environments kept ready.
#[derive(Debug, Clone)]
pub(crate) struct Provisioned {
    pub(crate) wanted: u32,
    pub(crate) modified_ms: u64,
    /// Why none are made any more.
    pub(crate) failure: Option<String>,
}

/// What becomes of asynchronous events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EventConfig {
    pub(crate) retries: Option<u32>,
    pub(crate) age_s_max: Option<u32>,
    /// ARNs of functions.
    pub(crate) on_success: Option<String>,
    pub(crate) on_failure: Option<String>,
    pub(crate) modified_ms: u64,
}

/// Who may do what; kept, not enforced.
#[derive(Debug)]
pub(crate) struct Policy {
    pub(crate) statements: Vec<Value>,
    pub(crate) revision_id: String,
}

/// A revision that an invocation was sent to, and what it may use.
#[derive(Debug)]
pub(crate) struct Resolved {
    pub(crate) revision: Arc<Revision>,
    pub(crate) share: Share,
}

/// All functions.
#[derive(Debug)]
pub(crate) struct Registry {
    pub(crate) functions: BTreeMap<FunctionName, Function>,
    pub(crate) concurrency: u32,
}

impl Registry {
    pub(crate) fn new(concurrency: u32) -> Self {
        Self { functions: BTreeMap::new(), concurrency }
    }

    pub(crate) fn create(&mut self, latest: Arc<Revision>, tags: BTreeMap<String, String>) -> Result<(), ApiError> {
        let name = latest.function.clone();
        if self.functions.contains_key(&name) {
            return Err(ApiError::ResourceConflict(format!("Function already exist: {name}")));
        }
        self.functions.insert(name, Function::new(latest, tags));
        Ok(())
    }

    pub(crate) fn load(&self, name: &FunctionName) -> Result<&Function, ApiError> {
        self.functions.get(name).ok_or_else(|| not_found(name, None))
    }

    pub(crate) fn load_mut(&mut self, name: &FunctionName) -> Result<&mut Function, ApiError> {
        self.functions.get_mut(name).ok_or_else(|| not_found(name, None))
    }

    /// The revision that an event goes to, and the function's share. An alias with weights throws dice.
    pub(crate) fn resolve(&self, name: &FunctionName, qualifier: Option<&Qualifier>) -> Result<Resolved, ApiError> {
        let function = self.load(name)?;
        let revision = Arc::clone(function.load_revision(qualifier, crate::ids::millionth())?);
        Ok(Resolved { revision, share: Share { reserved: function.reserved, unreserved: self.unreserved() } })
    }

    /// What functions without a reservation have together.
    pub(crate) fn unreserved(&self) -> u32 {
        let reserved: u32 = self.functions.values().filter_map(|function| function.reserved).sum();
        self.concurrency.saturating_sub(reserved)
    }

    pub(crate) fn reserve(&mut self, name: &FunctionName, reserved: u32) -> Result<(), ApiError> {
        let before = self.load(name)?.reserved.unwrap_or(0);
        let left = (self.unreserved() + before).checked_sub(reserved);
        let min = UNRESERVED_MIN.min(self.concurrency / 10);
        if left.is_none_or(|left| left < min) {
            return Err(ApiError::InvalidParameterValue(format!(
                "Specified ReservedConcurrentExecutions for function decreases account's \
                 UnreservedConcurrentExecution below its minimum value of [{min}]."
            )));
        }
        self.load_mut(name)?.reserved = Some(reserved);
        Ok(())
    }

    /// Every revision that has a number.
    pub(crate) fn find_by_number(&self, number: RevisionNumber) -> Option<Arc<Revision>> {
        let mut revisions = self.functions.values().flat_map(Function::revisions);
        revisions.find(|revision| revision.number == number).cloned()
    }
}

impl Function {
    fn new(latest: Arc<Revision>, tags: BTreeMap<String, String>) -> Self {
        Self {
            latest,
            versions: BTreeMap::new(),
            version_last: 0,
            aliases: BTreeMap::new(),
            reserved: None,
            provisioned: BTreeMap::new(),
            urls: BTreeMap::new(),
            event_configs: BTreeMap::new(),
            policies: BTreeMap::new(),
            tags,
        }
    }

    /// `$LATEST` and all versions.
    pub(crate) fn revisions(&self) -> impl Iterator<Item = &Arc<Revision>> {
        std::iter::once(&self.latest).chain(self.versions.values())
    }

    pub(crate) fn find_version(&self, version: Version) -> Option<&Arc<Revision>> {
        match version {
            Version::Latest => Some(&self.latest),
            Version::Number(number) => self.versions.get(&number),
        }
    }

    /// The revision under a qualifier; of an alias with weights the one that `dice`, below a million, falls on.
    pub(crate) fn load_revision(&self, qualifier: Option<&Qualifier>, dice: u32) -> Result<&Arc<Revision>, ApiError> {
        let version = match qualifier {
            None => Version::Latest,
            Some(Qualifier::Version(version)) => *version,
            Some(Qualifier::Alias(alias)) => self.load_alias(alias)?.version_for(dice),
        };
        self.find_version(version).ok_or_else(|| not_found(&self.latest.function, qualifier))
    }

    pub(crate) fn load_alias(&self, alias: &AliasName) -> Result<&Alias, ApiError> {
        self.aliases.get(alias).ok_or_else(|| {
            ApiError::ResourceNotFound(format!("Cannot find alias: {}:{}", self.latest.function, alias.as_str()))
        })
    }

    /// Puts a new revision in the place of `$LATEST` and gives back the old one.
    pub(crate) fn replace_latest(
        &mut self,
        settings: Settings,
        package: Arc<Package>,
        now_ms: u64,
    ) -> Result<Arc<Revision>, ApiError> {
        let function = self.latest.function.clone();
        let latest = Revision::new(function, Version::Latest, settings, package, now_ms);
        Ok(std::mem::replace(&mut self.latest, latest))
    }

    /// Keeps `$LATEST` under the next number, unless the last number is the same.
    pub(crate) fn publish(&mut self, description: Option<String>, now_ms: u64) -> Arc<Revision> {
        let last = self.versions.get(&self.version_last).filter(|last| {
            let as_last = Settings { description: last.settings.description.clone(), ..self.latest.settings.clone() };
            last.package == self.latest.package && last.settings == as_last
        });
        if let Some(last) = last {
            return Arc::clone(last);
        }
        self.version_last += 1;
        let mut settings = self.latest.settings.clone();
        if let Some(description) = description {
            settings.description = description;
        }
        let (name, version) = (self.latest.function.clone(), Version::Number(self.version_last));
        let revision = Revision::new(name, version, settings, Arc::clone(&self.latest.package), now_ms);
        self.versions.insert(self.version_last, Arc::clone(&revision));
        revision
    }

    /// Takes a version away that no alias leads to.
    pub(crate) fn delete_version(&mut self, number: u64) -> Result<Arc<Revision>, ApiError> {
        let leads_there = |alias: &Alias| alias.versions().any(|version| version == Version::Number(number));
        if self.aliases.values().any(leads_there) {
            return Err(ApiError::ResourceConflict(format!(
                "Version {number} is in use by an alias: change that first"
            )));
        }
        let qualifier = Qualifier::Version(Version::Number(number));
        let revision = self.versions.remove(&number);
        self.provisioned.remove(&qualifier);
        revision.ok_or_else(|| not_found(&self.latest.function, Some(&qualifier)))
    }

    /// How many environments are to be kept ready for a version, whatever it is called under.
    pub(crate) fn provisioned_for(&self, version: Version) -> u32 {
        let meant = self.provisioned.iter().filter(|(qualifier, provisioned)| {
            let means = match qualifier {
                Qualifier::Version(named) => *named,
                Qualifier::Alias(alias) => self.aliases.get(alias).map_or(Version::Latest, |alias| alias.version),
            };
            means == version && provisioned.failure.is_none()
        });
        meant.map(|(_, provisioned)| provisioned.wanted).sum()
    }

    /// What was set for events of that qualifier.
    pub(crate) fn event_config(&self, qualifier: Option<&Qualifier>) -> Option<&EventConfig> {
        let latest = Qualifier::Version(Version::Latest);
        let key = qualifier.filter(|qualifier| **qualifier != latest);
        self.event_configs.get(&key.cloned())
    }
}

pub(crate) fn not_found(function: &FunctionName, qualifier: Option<&Qualifier>) -> ApiError {
    let qualifier = qualifier.map(|qualifier| format!(":{qualifier}")).unwrap_or_default();
    ApiError::ResourceNotFound(format!("Function not found: {function}{qualifier}"))
}
