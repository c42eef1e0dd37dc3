//! Makes pages: a view, its template, the words of a locale.

use crate::csp::ContentSecurityPolicy;
use crate::locale::{PageLocale, Today};
use crate::messages::{Arg, Catalogue, escape};
use crate::theme::{Assets, Theme, ThemeError};
use crate::view::View;
use crate::view::card::{CardMarkup, CardView};
use crate::view::shell::{PageMeta, ShellView};
use bytes::Bytes;
use commerce::language::Language;
use commerce::market::{Locale, Markets, TaxDisplay};
use commerce::moment::Moment;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Kwargs, Serde, Value, ValueKind};
use minijinja::{Environment, Error, ErrorKind, State, UndefinedBehavior, context};
use std::collections::HashMap;
use std::fmt::Write;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock};

/// Longest page that a template may make, in bytes; far above any real one.
pub const PAGE_BYTES_MAX: usize = 4_000_000;
/// Characters that a page usually has; saves growing.
const PAGE_BYTES_USUAL: usize = 48_000;
/// Most bytes of parts that pages share.
const PARTS_BYTES_MAX: u64 = 1 << 20;
/// What a part weighs beside its bytes.
const PART_BYTES: usize = 200;
/// The name under which a template has [`Shell::id`].
const SHELL_ID: &str = "shell_id";

/// Why a page could not be made. It is the theme's fault or ours, never the shopper's.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template failed.
    #[error("template {template}: {cause:#}")]
    Template {
        /// Its name.
        template: &'static str,
        /// What went wrong, with the line.
        cause: Error,
    },
    /// The locale is none of the store's.
    #[error("no locale {0:?}")]
    UnknownLocale(Locale),
    /// The page is longer than [`PAGE_BYTES_MAX`].
    #[error("template {0} made more than {PAGE_BYTES_MAX} bytes")]
    TooLong(&'static str),
}

/// A shell that was turned into template values once and is shared by all pages of its locale.
#[derive(Clone, Debug)]
pub struct Shell {
    /// Which locale it is for.
    pub locale: Locale,
    /// Of its own in this process: parts that were made from one shell are not shown in another.
    id: u64,
    value: Value,
}

impl Shell {
    /// Keeps a shell for many pages.
    pub fn new(locale: Locale, view: &ShellView) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { locale, id: NEXT.fetch_add(1, Ordering::Relaxed), value: Value::from(Serde(view)) }
    }
}

/// Parts of pages by their shell, template and arguments.
type Parts = moka::sync::Cache<String, Value>;

/// Makes the template engine of a language.
type MakeEnvironment = Box<dyn FnOnce() -> Environment<'static> + Send>;

/// The theme, ready to make pages in every locale of the store.
pub struct Pages {
    locales: Vec<PageLocale>,
    today: Today,
    zone: jiff::tz::TimeZone,
    /// Each made when its language is first asked for.
    environments: HashMap<Language, LazyLock<Environment<'static>, MakeEnvironment>>,
    assets: Arc<Assets>,
    csp: ContentSecurityPolicy,
}

impl Pages {
    /// Gets a theme ready. `entered` says whether the store's prices hold tax; `zone` is the store's, for dates.
    pub fn new(
        theme: Theme,
        markets: &Markets,
        entered: TaxDisplay,
        zone: jiff::tz::TimeZone,
    ) -> Result<Self, ThemeError> {
        let theme = Arc::new(theme);
        let assets = Arc::new(Assets::new(&theme));
        let weigh = |key: &String, part: &Value| {
            let bytes = PART_BYTES + key.len() + part.as_str().map_or(0, str::len);
            u32::try_from(bytes).unwrap_or(u32::MAX)
        };
        let parts: Parts = moka::sync::Cache::builder().max_capacity(PARTS_BYTES_MAX).weigher(weigh).build();
        let mut environments = HashMap::new();
        let mut catalogues = HashMap::new();
        for language in markets.languages() {
            let catalogue = Arc::new(Catalogue::new(&theme, language));
            catalogues.insert(language, Arc::clone(&catalogue));
            let make: MakeEnvironment = {
                let (theme, assets, parts) = (Arc::clone(&theme), Arc::clone(&assets), parts.clone());
                Box::new(move || environment(&theme, &assets, &catalogue, parts))
            };
            environments.insert(language, LazyLock::new(make));
        }
        // Until a request tells it by the store's clock.
        let today = Today::new(zone.to_datetime(jiff::Timestamp::now()).date());
        let locales = markets
            .locales()
            .filter_map(|locale| {
                let catalogue = catalogues.get(&locale.language)?;
                Some(PageLocale::new(markets, locale, entered, zone.clone(), today.clone(), Arc::clone(catalogue)))
            })
            .collect();
        Ok(Self { locales, today, zone, environments, assets, csp: ContentSecurityPolicy::new(&theme) })
    }

    /// Tells the time: rates of tax change with the day.
    pub fn at(&self, now: Moment) {
        let now = jiff::Timestamp::from_microsecond(now.micros()).unwrap_or_default();
        self.today.set(self.zone.to_datetime(now).date());
    }

    /// The day that prices on pages are worked out for, as one number.
    pub fn day(&self) -> i32 {
        self.today.number()
    }

    /// What is served under `/static/`.
    pub fn assets(&self) -> &Arc<Assets> {
        &self.assets
    }

    /// The content security policy of every page.
    pub fn csp(&self) -> &ContentSecurityPolicy {
        &self.csp
    }

    /// All locales of the store, in order.
    pub fn locales(&self) -> &[PageLocale] {
        &self.locales
    }

    /// A locale; the store's first for one that is not there.
    pub fn locale(&self, locale: Locale) -> &PageLocale {
        self.locales.iter().find(|known| known.locale == locale).unwrap_or(&self.locales[0])
    }

    /// Makes a page.
    pub fn render<V: View>(&self, shell: &Shell, meta: &PageMeta, view: &V) -> Result<Bytes, RenderError> {
        self.render_template(V::TEMPLATE, shell, meta, view)
    }

    /// Makes the part of the page [`crate::view::basket::AddedView`] that the script shows without leaving the page.
    pub fn render_added_fragment(
        &self,
        shell: &Shell,
        view: &crate::view::basket::AddedView,
    ) -> Result<Bytes, RenderError> {
        self.render_template("parts/added.html", shell, &PageMeta::default(), view)
    }

    /// Makes a product's card; `eager` where it stands at the top of a page, whose pictures are loaded at once.
    pub fn render_card(&self, shell: &Shell, card: &CardView, eager: bool) -> Result<CardMarkup, RenderError> {
        let template = "parts/card.html";
        let values = context! { shell => shell.value.clone(), shell_id => shell.id, card => Serde(card), eager };
        let page = self.environment(shell)?.get_template(template);
        let html = page.and_then(|page| page.render(values));
        html.map(CardMarkup::new).map_err(|cause| RenderError::Template { template, cause })
    }

    fn environment(&self, shell: &Shell) -> Result<&Environment<'static>, RenderError> {
        let environment = self.environments.get(&shell.locale.language).map(|environment| &**environment);
        environment.ok_or(RenderError::UnknownLocale(shell.locale))
    }

    fn render_template(
        &self,
        template: &'static str,
        shell: &Shell,
        meta: &PageMeta,
        view: &impl serde::Serialize,
    ) -> Result<Bytes, RenderError> {
        let failed = |cause| RenderError::Template { template, cause };
        let page = self.environment(shell)?.get_template(template).map_err(failed)?;
        let values = context! {
            shell => shell.value.clone(), shell_id => shell.id, meta => Serde(meta), page => Serde(view),
        };
        let mut out = Buffer(Vec::with_capacity(PAGE_BYTES_USUAL));
        match page.render_captured_to(values, &mut out) {
            // A copy of its own length: the buffer may be twice as long, and finished pages are kept.
            Ok(_) => Ok(Bytes::copy_from_slice(&out.0)),
            Err(_) if out.0.len() >= PAGE_BYTES_MAX => Err(RenderError::TooLong(template)),
            Err(cause) => Err(failed(cause)),
        }
    }
}

impl std::fmt::Debug for Pages {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pages({} locales)", self.locales.len())
    }
}

/// A page in the making that refuses to grow past the bound.
struct Buffer(Vec<u8>);

impl std::io::Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        if self.0.len() + bytes.len() > PAGE_BYTES_MAX {
            self.0.resize(PAGE_BYTES_MAX, b' ');
            return Err(std::io::Error::other("page too long"));
        }
        self.0.extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// The template engine for one language. Templates are read when they are first asked for, so that a store is open
/// before all of them are; overrides were checked when the theme was loaded.
fn environment(
    theme: &Arc<Theme>,
    assets: &Arc<Assets>,
    catalogue: &Arc<Catalogue>,
    parts: Parts,
) -> Environment<'static> {
    let mut environment = Environment::new();
    environment.set_undefined_behavior(UndefinedBehavior::Strict);
    environment.set_auto_escape_callback(|_| minijinja::AutoEscape::Html);
    if let Ok(syntax) = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build() {
        environment.set_syntax(syntax);
    }
    environment.set_formatter(|out, state, value| match value.as_str() {
        Some(text) if !value.is_safe() => write_escaped(out, text),
        _ => minijinja::escape_formatter(out, state, value),
    });
    let templates = Arc::clone(theme);
    environment.set_loader(move |name| Ok(templates.find_text(&format!("templates/{name}")).map(str::to_owned)));
    let words = Arc::clone(catalogue);
    environment.add_function("t", move |key: &str, arguments: Kwargs| translate(&words, key, &arguments));
    let icons: HashMap<String, Value> = theme
        .list("icons/")
        .filter_map(|(name, file)| {
            let text = std::str::from_utf8(&file.bytes).ok()?.trim();
            Some((name.strip_suffix(".svg")?.to_owned(), Value::from_safe_string(text.to_owned())))
        })
        .collect();
    environment.add_function("icon", move |name: &str| icons.get(name).cloned().ok_or_else(|| missing("icon", name)));
    let urls = Arc::clone(assets);
    environment.add_function("asset", move |name: &str| {
        urls.url(name).map(str::to_owned).ok_or_else(|| missing("asset", name))
    });
    environment.add_function("part", move |state: &State, name: &str, given: Kwargs| part(&parts, state, name, &given));
    let inline = Arc::clone(theme);
    environment.add_function("inline_script", move |name: &str| {
        let text = inline.find_text(&format!("inline/{name}")).ok_or_else(|| missing("inline script", name))?;
        Ok::<_, Error>(Value::from_safe_string(format!("<script>{text}</script>")))
    });
    environment
}

/// Escapes for a text or a quoted attribute. The engine's own way escapes `/` too, which every address is full of.
fn write_escaped(out: &mut minijinja::Output<'_>, text: &str) -> Result<(), Error> {
    let mut rest = text;
    while let Some(at) = rest.bytes().position(|byte| matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'')) {
        let (before, after) = rest.split_at(at);
        out.write_str(before)?;
        out.write_str(match after.as_bytes()[0] {
            b'&' => "&amp;",
            b'<' => "&lt;",
            b'>' => "&gt;",
            b'"' => "&quot;",
            _ => "&#39;",
        })?;
        rest = &after[1..];
    }
    out.write_str(rest).map_err(Error::from)
}

/// `part("parts/header.html", places=meta.places)`: a template that is given the shell and the values named, and nothing
/// else; made once for each of them as long as the snapshot stays.
fn part(parts: &Parts, state: &State<'_, '_>, name: &str, given: &Kwargs) -> Result<Value, Error> {
    let found = |name: &str| state.lookup(name).ok_or_else(|| missing("value", name));
    let mut key = format!("{} {name}", found(SHELL_ID)?);
    let mut values = vec![("shell", found("shell")?), (SHELL_ID, found(SHELL_ID)?)];
    for name in given.args() {
        let value: Value = given.get(name)?;
        // As a literal, quoted, so that no two lists of values make one key.
        write!(key, " {name}={value:?}").map_err(|_| missing("key of the part", name))?;
        values.push((name, value));
    }
    if let Some(known) = parts.get(&key) {
        return Ok(known);
    }
    let made = Value::from_safe_string(state.env().get_template(name)?.render(Value::from_pairs(values))?);
    parts.insert(key, made.clone());
    Ok(made)
}

fn missing(kind: &str, name: &str) -> Error {
    Error::new(ErrorKind::InvalidOperation, format!("the theme has no {kind} {name:?}"))
}

/// `t("key", name=value)`: a message, escaped. Numbers pick plurals; everything else is text.
fn translate(catalogue: &Catalogue, key: &str, arguments: &Kwargs) -> Result<Value, Error> {
    if let Some(fixed) = catalogue.fixed(key) {
        return Ok(fixed.clone());
    }
    if !catalogue.has(key) {
        return Err(missing("message", key));
    }
    let mut values: Vec<(&str, Value)> = Vec::new();
    for name in arguments.args() {
        values.push((name, arguments.get(name)?));
    }
    let texts: Vec<(&str, String, Option<i64>)> = values
        .iter()
        .map(|(name, value)| {
            let number = (value.kind() == ValueKind::Number).then(|| i64::try_from(value.clone()).ok()).flatten();
            (*name, value.to_string(), number)
        })
        .collect();
    let arguments: Vec<(&str, Arg)> =
        texts.iter().map(|(name, text, number)| (*name, number.map_or(Arg::Text(text), Arg::Number))).collect();
    Ok(Value::from_safe_string(escape(&catalogue.text(key, &arguments))))
}
