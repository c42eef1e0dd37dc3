//! Aurora DSQL: a token that is signed with AWS credentials stands for the password, and is good for a quarter of an
//! hour. A token is a presigned request of Signature Version 4 for the service `dsql`, without its scheme ("Generating an
//! authentication token", Aurora DSQL user guide).

use crate::error::DbError;
use jiff::Timestamp;
use sigv4::{Credentials, Endpoint, presigned};
use sqlx::postgres::{PgConnectOptions, PgPool, PgSslMode};
use std::sync::Mutex;

/// How long a token is good for, in seconds: the service's default. Connections that it opened live on.
const TOKEN_SECONDS: u32 = 900;
/// A token is used for so long, in seconds. An environment may be frozen for hours between two looks at the clock.
const TOKEN_USED_SECONDS: i64 = 600;
/// What follows the cluster's id in its host name, before the region.
const SERVICE: &str = ".dsql.";
/// What follows the region.
const DOMAINS: [&str; 2] = [".on.aws", ".amazonaws.com"];
/// The user that may change the schema.
const ADMIN: &str = "admin";

/// The region of a cluster's host; none of any other host.
fn region_of(host: &str) -> Option<&str> {
    let (_, rest) = host.split_once(SERVICE)?;
    DOMAINS.iter().find_map(|domain| rest.strip_suffix(domain))
}

/// Gives a pool's connections their password.
#[derive(Debug)]
pub(crate) struct TokenSource {
    options: PgConnectOptions,
    region: String,
    /// When the pool's token was made, in seconds since 1970.
    made_at: Mutex<Option<i64>>,
}

impl TokenSource {
    /// For the address of a DSQL cluster; none for any other server.
    pub(crate) fn of(options: &PgConnectOptions) -> Option<Self> {
        let region = region_of(options.get_host())?.to_owned();
        // The service takes nothing but TLS, and a token must not go to anybody else.
        let options = options.clone().ssl_mode(PgSslMode::VerifyFull);
        Some(Self { options, region, made_at: Mutex::new(None) })
    }

    /// Options with a password of now.
    pub(crate) fn fresh(
        &self,
        now: Timestamp,
        env: impl Fn(&str) -> Option<String>,
    ) -> Result<PgConnectOptions, DbError> {
        let credentials = Credentials::from_env(env);
        let credentials = credentials.map_err(|error| DbError::Unavailable(format!("Aurora DSQL: {error}")))?;
        let action = if self.options.get_username() == ADMIN { "DbConnectAdmin" } else { "DbConnect" };
        let endpoint = Endpoint { host: self.options.get_host(), region: &self.region, service: "dsql" };
        let token = presigned(&credentials, endpoint, &[("Action", action)], TOKEN_SECONDS, now);
        Ok(self.options.clone().password(&token))
    }

    /// Whether a new token is due; it is noted as made then.
    fn is_due(&self, now: Timestamp) -> bool {
        let mut made_at = self.made_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let now = now.as_second();
        // A clock that was set back makes it due, too.
        let is_due = made_at.is_none_or(|at| !(0..TOKEN_USED_SECONDS).contains(&(now - at)));
        if is_due {
            *made_at = Some(now);
        }
        is_due
    }

    /// Sees to it that connections which the pool opens from now on have a password that is good.
    pub(crate) fn renew(&self, pool: &PgPool) -> Result<(), DbError> {
        let now = Timestamp::now();
        if !self.is_due(now) {
            return Ok(());
        }
        match self.fresh(now, |name| std::env::var(name).ok()) {
            Ok(options) => {
                pool.set_connect_options(options);
                Ok(())
            }
            Err(error) => {
                *self.made_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = None;
                Err(error)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: &str = "abcdefghijklmnopqrstuvwxyz.dsql.eu-central-1.on.aws";

    fn moment(second: i64) -> Timestamp {
        "2026-11-29T22:30:00Z".parse::<Timestamp>().unwrap() + jiff::SignedDuration::from_secs(second)
    }

    fn source(user: &str) -> TokenSource {
        let address = format!("postgres://{user}@{HOST}/postgres");
        TokenSource::of(&address.parse().unwrap()).unwrap()
    }

    #[test]
    fn only_clusters_of_dsql_get_a_token() {
        for (host, want) in [
            (HOST, Some("eu-central-1")),
            ("x.dsql.us-east-1.amazonaws.com", Some("us-east-1")),
            ("db.example", None),
            ("x.dsql.eu-central-1.on.aws.evil.example", None),
            ("dsql.example", None),
        ] {
            assert_eq!(region_of(host), want, "{host}");
        }
    }

    #[test]
    fn a_token_is_made_anew_before_it_is_over_and_after_a_long_sleep() {
        let source = source("shop");
        for (second, due) in [(0, true), (599, false), (600, true), (601, false), (90_000, true), (89_000, true)] {
            assert_eq!(source.is_due(moment(second)), due, "{second}");
        }
    }

    #[test]
    fn without_credentials_it_is_said_which_are_missing() {
        let missing = source("shop").fresh(moment(0), |_| None).unwrap_err();
        assert!(missing.to_string().contains("AWS_ACCESS_KEY_ID"), "{missing}");
        assert!(source("admin").fresh(moment(0), |_| Some("known".to_owned())).is_ok());
    }
}
