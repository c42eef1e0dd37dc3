//! What runs between the service and a function's program: takes on the environment's user, limits and folders, then
//! becomes the program.
//!
//! A program of its own because these steps belong between `fork` and `exec`, where a program with threads may not do
//! them safely. It gets its orders on standard input, a socket. If the service dies before it has sent them, the
//! launcher finds the end of the input and leaves; after that the keeper knows the process.

use std::convert::Infallible;
use std::env;
use std::ffi::CString;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use nix::errno::Errno;
use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::prctl::set_no_new_privs;
use nix::sys::resource::{Resource, setrlimit};
use nix::unistd::{Gid, Uid, dup2_stdin, execve, setgroups, setresgid, setresuid};
use serde::{Deserialize, Serialize};

use crate::keeper;
use crate::limits::{DESCRIPTORS_MAX, PROCESSES_MAX};

/// First argument of the launcher when it is to become an environment.
pub(crate) const BECOME_ENVIRONMENT: &str = "--become-lambda-environment";
/// First argument of the launcher when it is to become the keeper.
pub(crate) const BECOME_KEEPER: &str = "--become-lambda-keeper";

/// Where a function finds its package when it has folders of its own.
pub(crate) const TASK_ROOT: &str = "/var/task";
/// Where it finds room of its own.
pub(crate) const SCRATCH: &str = "/tmp";

/// How often and how long to wait for a program that is open for writing. A package is closed before it is used, but a
/// process that is started meanwhile has a copy of the open file until it becomes its own program.
const BUSY_ROUNDS_MAX: u32 = 1_000;
const BUSY_PAUSE: Duration = Duration::from_millis(1);

/// What is to be run, and as what.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Orders {
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) variables: Vec<(String, String)>,
    /// The folder to start in, as the program sees it.
    pub(crate) folder: PathBuf,
    /// Writable private memory of each process, in bytes.
    pub(crate) data_bytes_max: u64,
    pub(crate) apart: Option<Apart>,
}

/// A user and folders of its own.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Apart {
    pub(crate) uid: u32,
    /// What it sees as [`TASK_ROOT`].
    pub(crate) package: PathBuf,
    /// What it sees as [`SCRATCH`].
    pub(crate) scratch: PathBuf,
}

/// Becomes an environment or the keeper if the program was started as one, and does nothing otherwise. Belongs at the
/// top of `main` of the program that [`crate::Options::launcher`] names, before threads are started.
pub fn run_if_asked() {
    let status = match env::args().nth(1).as_deref() {
        Some(BECOME_ENVIRONMENT) => become_environment(),
        Some(BECOME_KEEPER) => keeper::keep(),
        _ => return,
    };
    std::process::exit(status);
}

/// Comes back only if that failed, once the service has been told.
fn become_environment() -> i32 {
    let Ok(socket) = io::stdin().as_fd().try_clone_to_owned() else { return 1 };
    let mut socket = UnixStream::from(socket);
    let mut orders = Vec::new();
    if socket.read_to_end(&mut orders).is_err() || orders.is_empty() {
        return 1;
    }
    let Err(words) = serde_json::from_slice(&orders).map_err(|error| error.to_string()).and_then(|orders| run(&orders));
    // Nobody listens any more if the service has gone.
    let _ = socket.write_all(words.as_bytes());
    1
}

fn run(orders: &Orders) -> Result<Infallible, String> {
    let step = |what: &str, error: Errno| format!("{what}: {}", error.desc());
    set_limits(orders).map_err(|error| step("set limits", error))?;
    let null = File::open("/dev/null").map_err(|error| error.to_string())?;
    dup2_stdin(&null).map_err(|error| step("open standard input", error))?;
    if let Some(apart) = &orders.apart {
        mount_folders(apart).map_err(|error| format!("give {} and {} of its own: {error}", TASK_ROOT, SCRATCH))?;
        become_user(apart.uid).map_err(|error| step("become a user of its own", error))?;
    }
    env::set_current_dir(&orders.folder).map_err(|error| format!("enter {}: {error}", orders.folder.display()))?;
    let text = |text: &str| CString::new(text).map_err(|_| format!("'{text}' holds a zero byte"));
    let program = text(&orders.program.to_string_lossy())?;
    let mut arguments = vec![program.clone()];
    for argument in &orders.arguments {
        arguments.push(text(argument)?);
    }
    let mut variables = Vec::with_capacity(orders.variables.len());
    for (name, value) in &orders.variables {
        variables.push(text(&format!("{name}={value}"))?);
    }
    for _ in 0..BUSY_ROUNDS_MAX {
        match execve(&program, &arguments, &variables) {
            Err(Errno::ETXTBSY) => thread::sleep(BUSY_PAUSE),
            Err(error) => return Err(format!("fork/exec {}: {}", orders.program.display(), words_of(error))),
        }
    }
    Err(format!("fork/exec {}: {}", orders.program.display(), words_of(Errno::ETXTBSY)))
}

/// As the program's maker knows it from Lambda.
fn words_of(error: Errno) -> String {
    match error {
        Errno::EACCES => "permission denied".to_owned(),
        Errno::ENOENT => "no such file or directory".to_owned(),
        Errno::ENOEXEC => "exec format error".to_owned(),
        other => other.desc().to_owned(),
    }
}

fn set_limits(orders: &Orders) -> Result<(), Errno> {
    setrlimit(Resource::RLIMIT_NOFILE, DESCRIPTORS_MAX, DESCRIPTORS_MAX)?;
    setrlimit(Resource::RLIMIT_CORE, 0, 0)?;
    setrlimit(Resource::RLIMIT_DATA, orders.data_bytes_max, orders.data_bytes_max)?;
    if orders.apart.is_some() {
        // Counted for each user: without one of its own, others' processes would use it up.
        setrlimit(Resource::RLIMIT_NPROC, PROCESSES_MAX, PROCESSES_MAX)?;
    }
    Ok(())
}

fn mount_folders(apart: &Apart) -> io::Result<()> {
    const NOTHING: Option<&str> = None;
    if !Path::new(TASK_ROOT).is_dir() {
        fs::create_dir_all(TASK_ROOT)?;
    }
    unshare(CloneFlags::CLONE_NEWNS)?;
    mount(NOTHING, "/", NOTHING, MsFlags::MS_REC | MsFlags::MS_PRIVATE, NOTHING)?;
    let careful = MsFlags::MS_NOSUID | MsFlags::MS_NODEV;
    // `/tmp` last: both folders may lie below the one that it hides.
    for (from, to, flags) in [
        (apart.package.as_path(), TASK_ROOT, careful | MsFlags::MS_RDONLY),
        (apart.scratch.as_path(), SCRATCH, careful),
    ] {
        mount(Some(from), to, NOTHING, MsFlags::MS_BIND, NOTHING)?;
        mount(NOTHING, to, NOTHING, MsFlags::MS_BIND | MsFlags::MS_REMOUNT | flags, NOTHING)?;
    }
    Ok(())
}

fn become_user(uid: u32) -> Result<(), Errno> {
    let (user, group) = (Uid::from_raw(uid), Gid::from_raw(uid));
    setgroups(&[])?;
    setresgid(group, group, group)?;
    setresuid(user, user, user)?;
    set_no_new_privs()
}
