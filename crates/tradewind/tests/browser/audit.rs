//! What every page is held against: accessibility, valid HTML, one headline, no sideways scrolling, no stranger asked.

use crate::driver::{NARROWEST, Scheme};
use crate::visit::Visit;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

/// The rules that the law asks for: WCAG 2.2, levels A and AA.
const RULES: [&str; 5] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/// What axe finds, in words.
const RUN_AXE: &str = r"
    const done = arguments[arguments.length - 1];
    axe.run(document, { runOnly: { type: 'tag', values: arguments[0] }, resultTypes: ['violations'] })
      .then(({ violations }) => done(violations.map(({ id, nodes }) =>
        id + ': ' + nodes.map(({ target, failureSummary }) => target + ' ' + failureSummary).join(' | '))),
        (error) => done([String(error)]));";

/// Looks at the pages of one visit and collects what is wrong with them.
pub(crate) struct Audit {
    schemes: &'static [Scheme],
    documents: tempfile::TempDir,
    faults: Vec<String>,
}

impl Audit {
    /// Looks at each page in these colours.
    pub(crate) fn new(schemes: &'static [Scheme]) -> Self {
        let documents = tempfile::TempDir::with_prefix("tradewind-pages-").expect("a folder for pages");
        Self { schemes, documents, faults: Vec::new() }
    }

    /// Looks at the page in the window, and takes its picture.
    pub(crate) async fn look_at(&mut self, visit: &Visit, kind: &str) {
        self.keep_document(visit, kind).await;
        let screen = visit.visitor.screen;
        for scheme in self.schemes {
            visit.driver.prefer(*scheme).await;
            let view = format!("{kind}-{}-{}", screen.name, scheme.name());
            self.faults.extend(axe(visit).await.into_iter().map(|fault| format!("{view}: {fault}")));
            visit.driver.picture(screen, &view).await;
        }
        let headlines = visit.count("h1").await;
        if headlines != 1 {
            self.faults.push(format!("{kind}: {headlines} h1"));
        }
        if visit.look("return document.documentElement.lang").await.as_str().is_none_or(str::is_empty) {
            self.faults.push(format!("{kind}: no language"));
        }
        visit.driver.resize(NARROWEST).await;
        let wide = visit.look_with(TOO_WIDE, vec![NARROWEST.width.into()]).await;
        if wide != json!([]) {
            self.faults.push(format!("{kind}: scrolls sideways at {} px: {wide}", NARROWEST.width));
        }
        visit.driver.resize(screen).await;
    }

    /// The page's HTML as the shop sent it: what a browser makes of it is always valid.
    async fn keep_document(&self, visit: &Visit, kind: &str) {
        let Some(html) = visit.last_document().await else { panic!("{kind}: no HTML was sent") };
        fs::write(self.documents.path().join(format!("{kind}.html")), html).expect("a page is kept");
    }

    /// Ends the visit: nothing may have been found.
    pub(crate) fn end(mut self) {
        self.faults.extend(invalid_html(self.documents.path()));
        assert!(self.faults.is_empty(), "{} faults:\n{}", self.faults.len(), self.faults.join("\n"));
    }
}

/// Elements that reach past a window of that width, for who mends them; none where nothing scrolls sideways. A phone
/// makes its window as wide as the page, so the width that was asked for counts.
const TOO_WIDE: &str = r"
    const width = arguments[0];
    if (document.documentElement.scrollWidth <= width) return [];
    return [...document.querySelectorAll('body *')].filter(e => e.getBoundingClientRect().right > width + 1)
      .slice(0, 5).map(e => e.tagName + '.' + e.className);";

async fn axe(visit: &Visit) -> Vec<String> {
    let file = tools().join("node_modules/axe-core/axe.min.js");
    let source = fs::read_to_string(&file)
        .unwrap_or_else(|error| panic!("{}: {error}; `cargo xtask test` installs it", file.display()));
    // Timers stand still where no script may run. The page's own scripts were passed over when it was loaded.
    visit.driver.allow_script(true).await;
    visit.look_with(&source, vec![]).await;
    let found = visit.driver.client.execute_async(RUN_AXE, vec![json!(RULES)]).await.expect("axe runs");
    visit.driver.allow_script(visit.visitor.with_script).await;
    let faults = found.as_array().cloned().unwrap_or_default();
    faults.iter().map(|fault: &Value| fault.as_str().unwrap_or_default().to_owned()).collect()
}

#[expect(clippy::disallowed_methods, reason = "the checker of HTML is a program of its own")]
fn invalid_html(documents: &Path) -> Option<String> {
    let tools = tools();
    let checked = Command::new("node")
        .arg(tools.join("node_modules/html-validate/bin/html-validate.mjs"))
        .arg("--config")
        .arg(tools.join("html-validate.json"))
        .args(["--formatter", "text"])
        .arg(documents)
        .output()
        .expect("Node.js runs; `cargo xtask test` says how to install it");
    if checked.status.success() {
        return None;
    }
    Some(format!("{}{}", String::from_utf8_lossy(&checked.stdout), String::from_utf8_lossy(&checked.stderr)))
}

fn tools() -> PathBuf {
    let beside = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/browser");
    env::var_os("TEST_BROWSER_TOOLS").map_or_else(beside, PathBuf::from)
}
