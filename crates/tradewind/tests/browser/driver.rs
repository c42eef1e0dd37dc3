//! A window of Chromium, driven by ChromeDriver: what WebDriver has no word for goes through the developer tools.

use fantoccini::Client;
use fantoccini::wd::Capabilities;
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use std::path::Path;
use std::{env, fs};

/// Height of the largest picture that is taken, in pixels.
const PICTURE_HEIGHT_MAX: u32 = 12_000;
/// How long a script of a test may take, in milliseconds: axe looks at every element, on a machine that builds as well.
const SCRIPT_WAIT_MS_MAX: u64 = 120_000;

/// A window's size and what kind of machine it is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Screen {
    pub(crate) name: &'static str,
    pub(crate) width: u32,
    pub(crate) height: u32,
    pub(crate) is_phone: bool,
}

pub(crate) const PHONE: Screen = Screen { name: "phone", width: 390, height: 844, is_phone: true };
pub(crate) const DESKTOP: Screen = Screen { name: "desktop", width: 1_280, height: 900, is_phone: false };
/// The narrowest screen that must need no sideways scrolling (WCAG 2.2, 1.4.10).
pub(crate) const NARROWEST: Screen = Screen { name: "narrow", width: 320, height: 640, is_phone: true };

/// Colours that the reader asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheme {
    Light,
    Dark,
}

impl Scheme {
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }
}

/// Where the browser is, as `cargo xtask test` tells its tests.
pub(crate) struct BrowserPlace {
    webdriver: String,
    chromium: String,
    arguments: Vec<String>,
}

impl BrowserPlace {
    /// None where this run was asked to go without a browser.
    pub(crate) fn find() -> Option<Self> {
        if env::var("TRADEWIND_TEST_WITHOUT_BROWSER").is_ok_and(|wish| wish == "1") {
            eprintln!("left out: TRADEWIND_TEST_WITHOUT_BROWSER=1 asks to go without a browser");
            return None;
        }
        let said = |name: &str| {
            env::var(name).unwrap_or_else(|_| {
                panic!(
                    "{name} is not set: run `cargo xtask test --only browser`, which brings the browser along, or set \
                     TRADEWIND_TEST_WITHOUT_BROWSER=1 to leave these tests out"
                )
            })
        };
        let arguments = said("TEST_CHROMIUM_ARGS").split_whitespace().map(str::to_owned).collect();
        Some(Self { webdriver: said("TEST_WEBDRIVER_URL"), chromium: said("TEST_CHROMIUM"), arguments })
    }
}

/// A browser with one window and a profile of its own.
#[derive(Clone)]
pub(crate) struct Driver {
    pub(crate) client: Client,
    session: String,
    http: reqwest::Client,
}

impl Driver {
    /// Starts a browser.
    pub(crate) async fn start(place: &BrowserPlace, screen: Screen, with_script: bool) -> Self {
        let options = json!({
            "goog:chromeOptions": {"binary": place.chromium, "args": place.arguments},
            "goog:loggingPrefs": {"browser": "ALL", "performance": "ALL"},
            "timeouts": {"script": SCRIPT_WAIT_MS_MAX},
        });
        let Value::Object(options) = options else { unreachable!("it is written as an object") };
        let options: Capabilities = options;
        let client = Client::with_capabilities_and_connector(&place.webdriver, &options, HttpConnector::new()).await;
        let client = client.unwrap_or_else(|error| {
            panic!("ChromeDriver at {} opens no window: {error}; `cargo xtask test` starts one", place.webdriver)
        });
        let id = client.session_id().await.expect("the driver answers").expect("a session was made");
        // reqwest wants to know who does the cryptography, though nothing here is encrypted.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let session = format!("{}/session/{id}", place.webdriver);
        let driver = Self { client, session, http: reqwest::Client::new() };
        driver.resize(screen).await;
        driver.allow_script(with_script).await;
        driver
    }

    /// Lets pages run their scripts, or not.
    pub(crate) async fn allow_script(&self, is_allowed: bool) {
        self.tool("Emulation.setScriptExecutionDisabled", json!({"value": !is_allowed})).await;
    }

    /// Gives the window another size.
    pub(crate) async fn resize(&self, screen: Screen) {
        let Screen { width, height, is_phone, .. } = screen;
        let size = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": is_phone});
        self.tool("Emulation.setDeviceMetricsOverride", size).await;
    }

    /// Asks for light or dark pages.
    pub(crate) async fn prefer(&self, scheme: Scheme) {
        let wish = json!({"features": [{"name": "prefers-color-scheme", "value": scheme.name()}]});
        self.tool("Emulation.setEmulatedMedia", wish).await;
    }

    /// A command of the developer tools.
    pub(crate) async fn tool(&self, command: &str, parameters: Value) -> Value {
        let answer = self.post("goog/cdp/execute", json!({"cmd": command, "params": parameters})).await;
        assert!(answer["error"].is_null(), "{command}: {answer}");
        answer
    }

    /// What the browser noted since it was last asked: `browser` for the console, `performance` for the network.
    pub(crate) async fn take_log(&self, kind: &str) -> Vec<Value> {
        let log = self.post("se/log", json!({"type": kind})).await;
        log.as_array().cloned().unwrap_or_default()
    }

    async fn post(&self, command: &str, body: Value) -> Value {
        let answer = self.http.post(format!("{}/{command}", self.session)).json(&body).send().await;
        let answer: Value = answer.expect("the driver answers").json().await.expect("the driver speaks JSON");
        answer["value"].clone()
    }

    /// Writes a picture of the whole page and names its file.
    pub(crate) async fn picture(&self, screen: Screen, name: &str) -> String {
        let height = self.client.execute("return document.documentElement.scrollHeight", vec![]).await;
        let height = height.ok().and_then(|height| u32::try_from(height.as_u64()?).ok()).unwrap_or(screen.height);
        self.resize(Screen { height: height.clamp(screen.height, PICTURE_HEIGHT_MAX), ..screen }).await;
        let picture = self.client.screenshot().await.expect("the window can be drawn");
        self.resize(screen).await;
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("browser");
        fs::create_dir_all(&folder).expect("the target folder can be written");
        let file = folder.join(format!("{name}.png"));
        fs::write(&file, picture).expect("the target folder can be written");
        file.display().to_string()
    }
}
