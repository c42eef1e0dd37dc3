//! A fresh demo store, served by the real program, for one test.

use std::fs;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use tempfile::TempDir;

/// Lines that the program may print before it names its address.
const LINES_BEFORE_ADDRESS_MAX: usize = 40;

/// A store of its own and the program that serves it. Both are gone when this is dropped.
pub(crate) struct DemoStore {
    program: Child,
    folder: TempDir,
    /// Where it answers, such as `http://localhost:41234`.
    pub(crate) url: String,
}

impl DemoStore {
    /// Makes a demo store and opens it on a free port.
    pub(crate) fn open() -> Self {
        Self::open_by("serve")
    }

    /// The same as a function behind an edge.
    pub(crate) fn open_region() -> Self {
        Self::open_by("region")
    }

    fn open_by(opening: &str) -> Self {
        let folder = TempDir::with_prefix("tradewind-browser-").expect("a folder for the store");
        let store = folder.path().join("store");
        let made = tradewind().arg("new").arg(&store).arg("--demo").output().expect("the program starts");
        assert!(made.status.success(), "tradewind new: {}", String::from_utf8_lossy(&made.stderr));
        let mut serve = tradewind();
        serve.arg(opening).arg(&store).args(["--listen", "127.0.0.1:0"]);
        let mut program = serve.stdout(Stdio::piped()).stderr(Stdio::inherit()).spawn().expect("the program starts");
        let said = BufReader::new(program.stdout.take().expect("the output is piped"));
        let url = said
            .lines()
            .take(LINES_BEFORE_ADDRESS_MAX)
            .map_while(Result::ok)
            .find_map(|line| address_in(&line))
            .expect("the program names its address");
        Self { program, folder, url }
    }

    /// The page that the mail about an order links to, as soon as the mail is there.
    pub(crate) fn order_link_in_mail(&self, number: &str) -> Option<String> {
        let mails = fs::read_dir(self.folder.path().join("store/mail")).ok()?;
        let mails = mails.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
        // Quoted-printable parts long lines with an equals sign.
        let mut mails = mails.map(|mail| mail.replace("=\r\n", "").replace("=\n", ""));
        let mail = mails.find(|mail| mail.contains(number))?;
        let at = mail.find("/order/")?;
        let path = mail[at..].split(|c: char| !c.is_ascii_alphanumeric() && c != '/').next()?;
        Some(path.to_owned())
    }

    /// The mail about an order, its text as people read it, as soon as it is there.
    pub(crate) fn mail_about(&self, number: &str) -> Option<String> {
        let mails = fs::read_dir(self.folder.path().join("store/mail")).ok()?;
        let mails = mails.filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok());
        mails.map(|mail| mail.replace("=\r\n", "").replace("=\n", "")).find(|mail| mail.contains(number))
    }

    /// How many mails went out whose subject names an order.
    pub(crate) fn mails_about(&self, number: &str) -> usize {
        let Ok(mails) = fs::read_dir(self.folder.path().join("store/mail")) else { return 0 };
        mails
            .filter_map(|entry| fs::read_to_string(entry.ok()?.path()).ok())
            .filter(|mail| mail.replace("=\r\n", "").replace("=\n", "").contains(number))
            .count()
    }

    /// Orders in the store, by the program's own list.
    pub(crate) fn orders(&self) -> usize {
        let listed = tradewind().args(["orders", "list", "--json"]).arg(self.folder.path().join("store")).output();
        let listed = listed.expect("the program starts");
        let said: serde_json::Value = serde_json::from_slice(&listed.stdout).expect("JSON is printed");
        said["orders"].as_array().map_or(0, Vec::len)
    }
}

impl Drop for DemoStore {
    fn drop(&mut self) {
        let _ = self.program.kill();
        let _ = self.program.wait();
    }
}

#[expect(clippy::disallowed_methods, reason = "tests run the real program")]
fn tradewind() -> Command {
    Command::new(env!("CARGO_BIN_EXE_tradewind"))
}

/// The first address of this machine in a line.
fn address_in(line: &str) -> Option<String> {
    let from = line.find("http://")?;
    let address = line[from..].split(|c: char| c.is_whitespace() || c == '"').next()?;
    Some(address.trim_end_matches(['/', '.', ',']).to_owned())
}
