//! A PostgreSQL server of the tests' own, gone when they end.

use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use tempfile::TempDir;

use crate::guard::{Account, Server, free_port};
use crate::process;
use crate::versions::version_in;

/// The oldest PostgreSQL that the store runs on.
pub(crate) const MAJOR_MIN: u32 = 15;

/// Debian keeps the server's programs here, a folder for each major version, and not on the path.
const DEBIAN_VERSIONS: &str = "/usr/lib/postgresql";

/// Whose account PostgreSQL takes when this runs as the superuser, which it refuses.
const ACCOUNTS: [&str; 2] = ["postgres", "nobody"];

/// Settings of a server that is small, true to its word (`fsync` is on) and heard by this machine alone.
/// Connections are those of the races: several processes with a pool each.
const SETTINGS: [&str; 5] = [
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "shared_buffers=64MB",
    "max_connections=400",
    "fsync=on",
];

/// A running server.
#[derive(Debug)]
pub(crate) struct Postgres {
    /// Where a test finds it, as a user who may make databases.
    pub(crate) url: String,
    _server: Server,
}

impl Postgres {
    /// Makes an empty cluster and starts it.
    pub(crate) fn start() -> anyhow::Result<Self> {
        let programs = find_programs().context("PostgreSQL was not found")?;
        let account = if process::is_superuser() { Some(account_for_superuser()?) } else { None };
        // Not under target/: the account of the server may not be allowed into the folder of the project.
        let folder = TempDir::with_prefix("tradewind-postgres-").context("make a folder for PostgreSQL")?;
        let password = random_password()?;
        let password_file = folder.path().join("password");
        File::create_new(&password_file)
            .and_then(|mut file| file.write_all(password.as_bytes()))
            .context("write PostgreSQL's password")?;
        if let Some(account) = account {
            for path in [folder.path(), &password_file] {
                chown(path, Some(account.user), Some(account.group)).context("hand a folder to PostgreSQL")?;
            }
        }
        let data = folder.path().join("data");
        make_cluster(&programs, account, &data, &password_file)?;

        let port = free_port()?;
        let mut server = process::command(programs.join("postgres"));
        server.arg("-D").arg(&data).args(["-p", &port.to_string()]);
        server.args(SETTINGS.iter().flat_map(|setting| ["-c", setting]));
        let mut asked = process::command(programs.join("pg_isready"));
        asked.args(["--quiet", "--host=127.0.0.1", "--timeout=1", &format!("--port={port}")]);
        // SIGINT ends the connections that tests left open; SIGTERM would wait for them.
        let answers = || asked.status().is_ok_and(|status| status.success());
        let server = Server::start(&server, account, folder, "INT", answers).context("start PostgreSQL")?;
        let url = format!("postgres://tradewind:{password}@127.0.0.1:{port}/postgres");
        Ok(Self { url, _server: server })
    }
}

/// The folder of the newest server's programs that is new enough.
pub(crate) fn find_programs() -> Option<PathBuf> {
    let on_path = process::find_program("postgres").and_then(|path| Some(path.parent()?.to_owned()));
    let debian = fs::read_dir(DEBIAN_VERSIONS).into_iter().flatten().flatten();
    let folders = debian.map(|version| version.path().join("bin")).chain(on_path);
    let complete = folders
        .filter(|folder| ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file()));
    let versions = complete.filter_map(|folder| Some((major_of(&folder)?, folder)));
    versions.filter(|(major, _)| MAJOR_MIN <= *major).max().map(|(_, folder)| folder)
}

fn major_of(folder: &Path) -> Option<u32> {
    let said = process::output_of(process::command(folder.join("postgres")).arg("--version")).ok()?;
    Some(version_in(&said)?.0)
}

/// `initdb`. The password is asked for in plain text on the loopback, which spares each of a test's many connections
/// the thousands of hash rounds of SCRAM; other users of this machine are kept out all the same.
fn make_cluster(programs: &Path, account: Option<Account>, data: &Path, password_file: &Path) -> anyhow::Result<()> {
    let mut initdb: Command = process::command(programs.join("initdb"));
    initdb.arg("--pgdata").arg(data).arg("--pwfile").arg(password_file).current_dir("/");
    initdb.args(["--username=tradewind", "--auth=password", "--encoding=UTF8", "--no-locale", "--no-sync"]);
    if let Some(account) = account {
        initdb.uid(account.user).gid(account.group);
    }
    process::output_of(&mut initdb).context("make a PostgreSQL cluster").map(drop)
}

fn account_for_superuser() -> anyhow::Result<Account> {
    let accounts = fs::read_to_string("/etc/passwd").context("read /etc/passwd")?;
    let found = ACCOUNTS.iter().find_map(|name| account_in(&accounts, name));
    found.context("PostgreSQL refuses the superuser, and there is no account postgres or nobody")
}

/// The account of that name in the lines of `/etc/passwd`.
fn account_in(accounts: &str, name: &str) -> Option<Account> {
    let line = accounts.lines().find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    Some(Account { user: fields.next()?.parse().ok()?, group: fields.next()?.parse().ok()? })
}

/// 128 bits from the system, in hexadecimal digits.
fn random_password() -> anyhow::Result<String> {
    let mut bytes = [0; 16];
    File::open("/dev/urandom").and_then(|mut file| file.read_exact(&mut bytes)).context("draw a password")?;
    ensure!(bytes != [0; 16], "the system draws no random bytes");
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use super::*;

    #[test]
    fn a_server_answers_while_it_is_wanted_and_leaves_nothing_behind() {
        if find_programs().is_none() {
            return; // `cargo xtask test` installs it before this test runs
        }
        let postgres = Postgres::start().unwrap();
        let address = postgres.url.rsplit('@').next().and_then(|end| end.strip_suffix("/postgres")).unwrap().to_owned();
        assert!(TcpStream::connect(&address).is_ok());
        drop(postgres);
        assert!(TcpStream::connect(&address).is_err());
    }

    #[test]
    fn accounts_are_read_from_the_list_of_users() {
        let accounts = "root:x:0:0:root:/root:/bin/bash\npostgres:x:101:104:PostgreSQL,,,:/var/lib/postgresql:/bin/sh\n\
                        postgres2:x:7:8::/:\nbroken:x\nodd:x:a:b::/:\n";
        for (name, want) in [
            ("postgres", Some(Account { user: 101, group: 104 })),
            ("root", Some(Account { user: 0, group: 0 })),
            ("broken", None),
            ("odd", None),
            ("nobody", None),
        ] {
            assert_eq!(account_in(accounts, name), want, "{name}");
        }
    }

    #[test]
    fn passwords_differ_and_need_no_escaping() {
        let (one, other) = (random_password().unwrap(), random_password().unwrap());
        assert_ne!(one, other);
        assert!(one.len() == 32 && one.chars().all(|c| c.is_ascii_hexdigit()), "{one}");
    }
}
