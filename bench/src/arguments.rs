//! What can be measured, and with which numbers.

use clap::{Args, Parser, Subcommand};
use std::net::SocketAddr;
use std::path::PathBuf;
use std::str::FromStr;

/// Measurements of the store
#[derive(Parser)]
#[command(
    name = "bench",
    before_help = "Examples:
  cargo build --release -p tradewind -p bench
  target/release/bench http
  target/release/bench orders --database postgres://postgres@127.0.0.1:5432/postgres
  target/release/bench generate 1000000 target/bench/million"
)]
pub(crate) struct Arguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What is measured, and where its stores are made.
#[derive(Args)]
pub(crate) struct Place {
    /// The program [default: `tradewind` beside this one]
    #[arg(long, global = true)]
    program: Option<PathBuf>,
    /// Folder of the stores that are made for the measurements
    #[arg(long, global = true, default_value = "target/bench")]
    pub(crate) dir: PathBuf,
}

impl Place {
    /// The program that is measured.
    pub(crate) fn program(&self) -> anyhow::Result<PathBuf> {
        match &self.program {
            Some(program) => Ok(program.clone()),
            None => Ok(std::env::current_exe()?.with_file_name("tradewind")),
        }
    }
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Pages and adds to the basket against a bare hyper server that sends the same bytes
    Http(HttpPlan),
    /// From process start to the first product page
    Start(StartPlan),
    /// Memory of a process that has served pages
    Memory(MemoryPlan),
    /// Whole orders over HTTP, beside what the disk can do
    Orders(OrdersPlan),
    /// Buyers on one product against the same buyers on a thousand
    Hot(HotPlan),
    /// Many buyers at once for too few units
    Race(RacePlan),
    /// What pricing a basket of 50 lines costs with more and more offers
    Offers(OffersPlan),
    /// Cold starts and a crowd in a region on this machine
    Region(RegionPlan),
    /// Make a store with a generated catalogue
    Generate {
        /// Products
        count: u64,
        /// The new folder
        dir: PathBuf,
        /// Another seed gives other products
        #[arg(long, default_value_t = 1)]
        seed: u64,
        /// An empty PostgreSQL database instead of a file
        #[arg(long)]
        database: Option<String>,
    },
    /// The same load on django-oscar and on a store, all running; `bench/peers/oscar.sh` calls it
    Peer {
        #[command(flatten)]
        peer: Peer,
        #[command(flatten)]
        store: PeerStore,
    },
    /// The bare server of `http`
    #[command(hide = true)]
    Bare {
        /// A file with a whole answer: its headers and body are sent
        answer: PathBuf,
        /// Where to listen
        listen: SocketAddr,
    },
}

#[derive(Args)]
pub(crate) struct HttpPlan {
    /// Products of the store
    #[arg(long, default_value_t = 1_000)]
    pub(crate) products: u64,
    /// Runs of each row, of which the best counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) runs: u32,
    /// Seconds of a run
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) seconds: u32,
    /// Connections of the load generator
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) connections: u32,
}

#[derive(Args)]
pub(crate) struct StartPlan {
    /// Products of the stores
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    pub(crate) products: Vec<u64>,
    /// Starts of each
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub(crate) runs: u32,
}

#[derive(Args)]
pub(crate) struct MemoryPlan {
    /// Products of the stores
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    pub(crate) products: Vec<u64>,
    /// Different pages that are asked for first
    #[arg(long, default_value_t = 2_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub(crate) pages: u32,
}

#[derive(Args)]
pub(crate) struct OrdersPlan {
    /// A PostgreSQL server, on which a database of its own is made; left out: SQLite
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// How it is paid: demo (the payment site beside the store) or invoice
    #[arg(long, default_value = "demo")]
    pub(crate) gateway: String,
    #[command(flatten)]
    pub(crate) shoppers: Shoppers,
    /// Shoppers at once
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub(crate) at_once: u32,
}

/// How long and how often shoppers shop.
#[derive(Args, Clone, Copy)]
pub(crate) struct Shoppers {
    /// Runs, of which the best counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) runs: u32,
    /// Seconds of a run
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) seconds: u32,
    /// Only the requests that change something, without the pages between them
    #[arg(long)]
    pub(crate) hurried: bool,
}

#[derive(Args)]
pub(crate) struct HotPlan {
    /// A PostgreSQL server, on which a database of its own is made; left out: SQLite
    #[arg(long)]
    pub(crate) database: Option<String>,
    #[command(flatten)]
    pub(crate) shoppers: Shoppers,
    /// Buyers at once
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub(crate) at_once: u32,
}

#[derive(Args)]
pub(crate) struct RacePlan {
    /// A PostgreSQL server, on which a database of its own is made; left out: SQLite
    #[arg(long)]
    pub(crate) database: Option<String>,
    /// Numbers of processes, one after the other [default: 1,2 on SQLite, 1,2,8 on PostgreSQL]
    #[arg(long, value_delimiter = ',')]
    pub(crate) processes: Vec<u32>,
    /// Of a thousand commits, so many fail on purpose, one after the other
    #[arg(long, value_delimiter = ',', default_value = "0,100")]
    pub(crate) conflicts_per_mille: Vec<u32>,
    /// Races of each kind
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) runs: u32,
    /// Buyers at once
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub(crate) buyers: u32,
    /// Units that there are
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=400))]
    pub(crate) units: u32,
    /// How often each presses Pay
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=5))]
    pub(crate) submits: u32,
}

/// A server by name, as in `wal=127.0.0.1:8001`.
#[derive(Clone, Debug)]
pub(crate) struct Named {
    pub(crate) name: String,
    pub(crate) address: SocketAddr,
}

impl FromStr for Named {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, address) = text.split_once('=').ok_or("a name and an address, as in wal=127.0.0.1:8001")?;
        let address = address.parse().map_err(|error| format!("{address}: {error}"))?;
        Ok(Self { name: name.to_owned(), address })
    }
}

/// A running django-oscar, in one form of it or in several.
#[derive(Args)]
pub(crate) struct Peer {
    /// Name and address; where there are several, the best of them counts in each row
    #[arg(long, required = true, value_name = "NAME=ADDRESS")]
    pub(crate) peer: Vec<Named>,
    /// Path of its product page
    #[arg(long)]
    pub(crate) peer_product: String,
    /// Path of its search
    #[arg(long)]
    pub(crate) peer_search: String,
    /// Path of its form that adds to the basket
    #[arg(long)]
    pub(crate) peer_add: String,
}

/// A store with the same catalogue, and the load for both.
#[derive(Args)]
pub(crate) struct PeerStore {
    /// Where it listens
    #[arg(long)]
    pub(crate) store: SocketAddr,
    /// The same store with `page_memory_mb = 0`
    #[arg(long)]
    pub(crate) store_anew: SocketAddr,
    /// Path of its product page
    #[arg(long)]
    pub(crate) product: String,
    /// Path of its search
    #[arg(long)]
    pub(crate) search: String,
    /// Runs of each row, of which the best counts
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=20))]
    pub(crate) runs: u32,
    /// Seconds of a run
    #[arg(long, default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=60))]
    pub(crate) seconds: u32,
    /// Connections of the load generator
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u32).range(1..=512))]
    pub(crate) connections: u32,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_has_a_name_and_an_address() {
        let named: Named = "wal=127.0.0.1:8001".parse().unwrap();
        assert_eq!((named.name.as_str(), named.address.port()), ("wal", 8001));
        for wrong in ["127.0.0.1:8001", "wal=127.0.0.1", "wal="] {
            assert!(wrong.parse::<Named>().is_err(), "{wrong}");
        }
    }
}

/// Pricing with offers.
#[derive(Args)]
pub(crate) struct OffersPlan {
    /// Times that are taken, each of a hundred baskets
    #[arg(long, default_value_t = 50)]
    pub(crate) runs: u32,
}

/// `bench region`
#[derive(Args)]
pub(crate) struct RegionPlan {
    /// Sizes of the catalogues
    #[arg(long, value_delimiter = ',', default_value = "1000,100000")]
    pub(crate) products: Vec<u64>,
    /// Cold starts of each kind
    #[arg(long, default_value_t = 20)]
    pub(crate) runs: u32,
    /// Requests at once
    #[arg(long, default_value_t = 50)]
    pub(crate) crowd: usize,
    /// The program that becomes the function [default: the program itself]
    #[arg(long)]
    pub(crate) function: Option<PathBuf>,
    /// With the snapshot in the object store, each read of which costs what one of S3 costs
    #[arg(long)]
    pub(crate) far_objects: bool,
}
