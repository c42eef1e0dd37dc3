//! What AWS bills for, service by service.

use serde::{Deserialize, Serialize};

/// Milliseconds of a month, as clouds reckon it: 730 hours.
pub(crate) const MONTH_MS_WHOLE: u64 = 730 * 3_600_000;
const GB_BYTES: u128 = 1 << 30;

/// A thing that has a price.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Item {
    /// Invocations of functions.
    LambdaRequests,
    /// Memory × time of functions on x86-64.
    #[serde(rename = "lambda_duration_x86")]
    LambdaDurationX86,
    /// Memory × time of functions on arm64.
    LambdaDurationArm64,
    /// Requests at the edge.
    EdgeRequests,
    /// Bytes from the edge to shoppers.
    EdgeTransfer,
    /// Paths and tags dropped from the edge.
    EdgePurges,
    /// Runs of edge functions.
    EdgeFunctionRuns,
    /// Reads from the key-value store of edge functions.
    EdgeKeyValueReads,
    /// PUT, COPY, POST and LIST requests to the object store.
    StorePuts,
    /// GET and all other requests to it.
    StoreGets,
    /// What it holds.
    StoreStorage,
    /// Bytes from it to the edge.
    StoreTransfer,
    /// Work of the database.
    DatabaseUnits,
    /// What it holds.
    DatabaseStorage,
    /// Letters sent.
    Letters,
}

/// Who bills it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Service {
    /// AWS Lambda.
    Lambda,
    /// Amazon CloudFront.
    CloudFront,
    /// Amazon S3.
    S3,
    /// Amazon Aurora DSQL.
    Dsql,
    /// Amazon SES.
    Ses,
}

/// What a price is for one of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unit {
    /// A request.
    #[serde(rename = "request")]
    Request,
    /// 1,024 MB for a second.
    #[serde(rename = "GB-second")]
    GbSecond,
    /// 2^30 bytes.
    #[serde(rename = "GB")]
    Gb,
    /// 2^30 bytes for 730 hours.
    #[serde(rename = "GB-month")]
    GbMonth,
    /// What a purge names.
    #[serde(rename = "path or tag")]
    PathOrTag,
    /// A run of a function.
    #[serde(rename = "run")]
    Run,
    /// A read of a value.
    #[serde(rename = "read")]
    Read,
    /// DSQL's measure of work.
    #[serde(rename = "DPU")]
    Dpu,
    /// A letter.
    #[serde(rename = "letter")]
    Letter,
}

impl Service {
    /// All of them, in the order of a bill.
    pub const ALL: [Self; 5] = [Self::Lambda, Self::CloudFront, Self::S3, Self::Dsql, Self::Ses];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Lambda => "AWS Lambda",
            Self::CloudFront => "Amazon CloudFront",
            Self::S3 => "Amazon S3",
            Self::Dsql => "Amazon Aurora DSQL",
            Self::Ses => "Amazon SES",
        }
    }

    /// What it does for the shop.
    pub fn role(self) -> &'static str {
        match self {
            Self::Lambda => "runs the shop",
            Self::CloudFront => "the edge, near shoppers",
            Self::S3 => "catalogue and pictures",
            Self::Dsql => "orders and stock",
            Self::Ses => "letters",
        }
    }
}

impl Item {
    /// Who bills it.
    pub fn service(self) -> Service {
        match self {
            Self::LambdaRequests | Self::LambdaDurationX86 | Self::LambdaDurationArm64 => Service::Lambda,
            Self::EdgeRequests
            | Self::EdgeTransfer
            | Self::EdgePurges
            | Self::EdgeFunctionRuns
            | Self::EdgeKeyValueReads => Service::CloudFront,
            Self::StorePuts | Self::StoreGets | Self::StoreStorage | Self::StoreTransfer => Service::S3,
            Self::DatabaseUnits | Self::DatabaseStorage => Service::Dsql,
            Self::Letters => Service::Ses,
        }
    }

    /// What a line of the bill calls it.
    pub fn label(self) -> &'static str {
        match self {
            Self::LambdaRequests | Self::EdgeRequests => "Requests",
            Self::LambdaDurationX86 => "Computing (x86)",
            Self::LambdaDurationArm64 => "Computing (arm64)",
            Self::EdgeTransfer => "Transfer to shoppers",
            Self::EdgePurges => "Purges",
            Self::EdgeFunctionRuns => "Edge function runs",
            Self::EdgeKeyValueReads => "Key-value reads",
            Self::StorePuts => "Writes and lists",
            Self::StoreGets => "Reads",
            Self::StoreStorage | Self::DatabaseStorage => "Storage",
            Self::StoreTransfer => "Transfer to the edge",
            Self::DatabaseUnits => "Work",
            Self::Letters => "Letters",
        }
    }

    /// What its price is for one of.
    pub fn unit(self) -> Unit {
        match self {
            Self::LambdaRequests | Self::EdgeRequests | Self::StorePuts | Self::StoreGets => Unit::Request,
            Self::LambdaDurationX86 | Self::LambdaDurationArm64 => Unit::GbSecond,
            Self::EdgeTransfer | Self::StoreTransfer => Unit::Gb,
            Self::EdgePurges => Unit::PathOrTag,
            Self::EdgeFunctionRuns => Unit::Run,
            Self::EdgeKeyValueReads => Unit::Read,
            Self::StoreStorage | Self::DatabaseStorage => Unit::GbMonth,
            Self::DatabaseUnits => Unit::Dpu,
            Self::Letters => Unit::Letter,
        }
    }
}

impl Unit {
    /// How many of the smallest quantity that is counted make one: MB-milliseconds, bytes, byte-milliseconds,
    /// millionths of a DPU; requests and letters are whole.
    pub fn grains(self) -> u128 {
        match self {
            Self::Request | Self::PathOrTag | Self::Run | Self::Read | Self::Letter => 1,
            Self::GbSecond => 1_024 * 1_000,
            Self::Gb => GB_BYTES,
            Self::GbMonth => GB_BYTES * MONTH_MS_WHOLE as u128,
            Self::Dpu => 1_000_000,
        }
    }

    /// Its name in the plural.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Request => "requests",
            Self::GbSecond => "GB-seconds",
            Self::Gb => "GB",
            Self::GbMonth => "GB-months",
            Self::PathOrTag => "paths and tags",
            Self::Run => "runs",
            Self::Read => "reads",
            Self::Dpu => "DPU",
            Self::Letter => "letters",
        }
    }
}
