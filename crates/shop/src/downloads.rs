//! Digital goods: files that staff add to products, what buyers may fetch of them, and each download counted.
//!
//! A link of a mail or of the order's page leads to a page with a button: whoever only looks at it (a mail scanner, a
//! preview, a search engine) has used nothing. Pressing the button counts, and gives a second link to the file itself,
//! which is good for [`DOWNLOAD_LASTS_MS`]: breaking off, going on, and asking for parts of it count no more.

use crate::download_link::{DownloadStep, DownloadToken, LinkMark};
use crate::download_store::{Blocks, DownloadStore};
use crate::order::MoveError;
use crate::shop::Shop;
use commerce::catalogue::{Product, Structure};
use commerce::download::{
    DOWNLOADS_MAX, DownloadFile, DownloadGrant, DownloadRefusal, FILES_PER_PRODUCT_MAX, FileName, InvalidFileName,
    digital_lines, downloads_of, is_paid, parse_file_title, refusal_of_line,
};
use commerce::event::{Actor, Subject};
use commerce::ids::{CheckoutId, DownloadFileId, OrderId, ProductId};
use commerce::language::Texts;
use commerce::moment::Moment;
use commerce::money::Money;
use commerce::order::{Move, Order};
use commerce::payment::LedgerKind;
pub use db::downloads::OpenGrants;
use db::downloads::{DownloadStart, GrantsOfOrder};
use db::{DbError, MaybeConflict};
use payments::GatewayError;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use tokio::io::AsyncRead;

/// How long a download that was counted may be gone on with, in milliseconds: the largest file at 6 Mbit/s.
pub const DOWNLOAD_LASTS_MS: i64 = 4 * 3_600_000;
/// Longest name of a press, in bytes.
const PRESS_BYTES_MAX: usize = 40;
const DAY_MS: i64 = 24 * 3_600_000;

/// A file of an order's line, as its page and its letters show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Download {
    /// The line's place in the order.
    pub line: usize,
    /// The file.
    pub file: DownloadFile,
    /// Downloads that were begun.
    pub used: u32,
    /// Downloads that may be begun in all.
    pub most: u32,
    /// Until when.
    pub until: Moment,
    /// What stands in the way, if anything does.
    pub refusal: Option<DownloadRefusal>,
    /// What its link ends with; empty where something stands in the way, or the order has no link.
    pub token: String,
}

impl Download {
    /// Downloads that are left.
    pub fn left(&self) -> u32 {
        self.most.saturating_sub(self.used)
    }

    /// Path of its page; empty where there is none.
    pub fn path(&self) -> String {
        if self.token.is_empty() { String::new() } else { format!("/download/{}", self.token) }
    }
}

/// What a link leads to.
#[derive(Clone, Debug)]
pub struct FoundDownload {
    /// The order, for the language of its pages; whoever has the link may see no more of it.
    pub order: Order,
    /// The file.
    pub download: Download,
}

/// Why a file is not given.
#[derive(Debug, thiserror::Error)]
pub enum DownloadError {
    /// The link was not made here, or the file was taken away.
    #[error("there is no such link")]
    NotGenuine,
    /// Something stands in the way.
    #[error("the file is not given: {}", .1.name())]
    Refused(Box<FoundDownload>, DownloadRefusal),
    /// The file is not where it should be: a fault of ours, and nothing was counted.
    #[error("the content of file {0} is not where the store keeps it, or has another length")]
    Missing(DownloadFileId),
    /// The place of the files cannot be used.
    #[error("{0:#}")]
    Place(anyhow::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

/// Why files of products stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum FileError {
    /// No product of that SKU.
    #[error("there is no product {0}; `tradewind catalogue export` lists the SKUs")]
    NoSuchSku(String),
    /// Products of that kind are sent.
    #[error(
        "{0} is of a class that is sent; files are for products of one that is not, such as `download` (the column \
         class of `tradewind catalogue apply`)"
    )]
    IsSent(String),
    /// Not a name for a file.
    #[error(transparent)]
    Name(#[from] InvalidFileName),
    /// Not a title.
    #[error("a title has 1 to {} characters on one line", commerce::download::FILE_TITLE_CHARS_MAX)]
    Title,
    /// As many as there can be.
    #[error("a product has at most {FILES_PER_PRODUCT_MAX} files; put several into one .zip")]
    TooMany,
    /// There is one of that name.
    #[error("{sku} has a file {name} already; --replace gives this one to everybody who may fetch that")]
    IsThere {
        /// The product's SKU.
        sku: String,
        /// The name.
        name: FileName,
    },
    /// There is none of that name to be replaced.
    #[error("{sku} has no file {name} that could be replaced; leave --replace out to add it")]
    NoneToReplace {
        /// The product's SKU.
        sku: String,
        /// The name.
        name: FileName,
    },
    /// No such file.
    #[error("there is no file {0}; `tradewind downloads list` tells their ids")]
    NoSuchFile(String),
    /// Somebody else changed the file meanwhile.
    #[error("somebody else changed the file meanwhile; look at it again")]
    Overtaken,
    /// It cannot be read or written.
    #[error("{0:#}")]
    Place(anyhow::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Db(#[from] DbError),
}

impl MaybeConflict for FileError {
    fn is_conflict(&self) -> bool {
        matches!(self, Self::Db(error) if error.is_conflict())
    }
}

/// A file that is to be added to a product.
#[derive(Clone, Debug)]
pub struct NewFile<'n> {
    /// Article number of the product.
    pub sku: &'n str,
    /// What it is called on buyers' disks.
    pub name: &'n str,
    /// What shoppers read; the name where it is none.
    pub title: Option<&'n str>,
    /// Whether it takes the place of the file of that name.
    pub replaces: bool,
}

/// A file with the product that it belongs to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedFile {
    /// The file.
    pub file: DownloadFile,
    /// Article numbers of the product; none if it is gone.
    pub skus: Vec<String>,
    /// The product's title.
    pub product_title: Texts,
    /// Who may still fetch it.
    pub open: OpenGrants,
}

/// What became of a file that was taken out of sale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemovedFile {
    /// It is gone.
    Gone,
    /// It is not sold any more; who bought it may still fetch it.
    KeptFor(OpenGrants),
}

/// More time and downloads for an order.
#[derive(Clone, Copy, Debug)]
pub struct MoreDownloads {
    /// One line of it, counted from 0; all of them where none is named.
    pub line: Option<usize>,
    /// So many more of each file.
    pub more: u32,
    /// For so many days from now, unless they have longer.
    pub days: i64,
    /// Whether what was closed is opened again.
    pub reopens: bool,
}

impl Shop {
    fn download_store(&self) -> Result<&DownloadStore, DownloadError> {
        if let Some(store) = self.0.downloads.get() {
            return Ok(store);
        }
        let settings = self.settings();
        let env = |name: &str| std::env::var(name).ok();
        let opened = DownloadStore::open(&settings.downloads, self.folder(), settings.download_redirect, env);
        let opened = opened.map_err(DownloadError::Place)?;
        Ok(self.0.downloads.get_or_init(|| opened))
    }

    /// Files of an order's lines, line by line. Those of an order that is not paid yet are listed, too, with that as
    /// what stands in the way. Asks nobody about an order of which everything is sent.
    pub async fn list_downloads(&self, order: &Order) -> Result<Vec<Download>, DbError> {
        if digital_lines(order).next().is_none() {
            return Ok(Vec::new());
        }
        let mut known = self.db().list_download_grants(order.id).await?;
        let unopened = self.unopened(order, &known).await?;
        known.grants.extend(unopened);
        known.grants.sort_by_key(|grant| grant.line);
        if known.grants.is_empty() {
            return Ok(Vec::new());
        }
        let withdrawal = if order.withdrawn_at.is_some() { self.db().find_withdrawal(order.id).await? } else { None };
        let withdrawn = withdrawal.map(|declared| declared.units).unwrap_or_default();
        let ids: BTreeSet<DownloadFileId> = known.grants.iter().map(|grant| grant.file).collect();
        let files = self.db().find_download_files(&ids.into_iter().collect::<Vec<_>>()).await?;
        let link = self.db().find_order_link(order.id).await?;
        let now = self.now();
        let download = |grant: DownloadGrant| {
            let file = files.get(&grant.file)?.clone();
            let refusal = refusal_of_line(order, grant.line, &withdrawn).or_else(|| grant.refusal(now));
            let token = match (&link, refusal) {
                (Some(hash), None) => self.page_token(&grant, hash),
                _ => String::new(),
            };
            let DownloadGrant { line, used, most, until, .. } = grant;
            Some(Download { line, file, used, most, until, refusal, token })
        };
        let mut downloads: Vec<Download> = known.grants.into_iter().filter_map(download).collect();
        downloads.sort_by_key(|download| (download.line, download.file.created_at, download.file.id));
        Ok(downloads)
    }

    fn page_token(&self, grant: &DownloadGrant, link_hash: &str) -> String {
        // A line that no number fits has no link; a basket has 250 lines.
        let Ok(line) = u16::try_from(grant.line) else { return String::new() };
        let (step, link) = (DownloadStep::Page, LinkMark::of(link_hash));
        DownloadToken { step, order: grant.order, line, file: grant.file, link, expires: grant.until }.sign(self.keys())
    }

    /// What lines may fetch that were given nothing yet: the files that their products have. A line that has some is
    /// left as it is, whatever its product has by now.
    async fn unopened(&self, order: &Order, known: &GrantsOfOrder) -> Result<Vec<DownloadGrant>, DbError> {
        let is_known =
            |line: &usize| known.closed_lines.contains(line) || known.grants.iter().any(|grant| grant.line == *line);
        let lines: Vec<usize> = digital_lines(order).filter(|line| !is_known(line)).collect();
        self.grants_for(order, &lines).await
    }

    /// What these lines may fetch of the files that their products have now.
    async fn grants_for(&self, order: &Order, lines: &[usize]) -> Result<Vec<DownloadGrant>, DbError> {
        let products: BTreeSet<ProductId> =
            lines.iter().filter_map(|line| order.sold.lines.get(*line)).map(|line| line.product).collect();
        if products.is_empty() {
            return Ok(Vec::new());
        }
        let files = self.db().files_of_products(&products.into_iter().collect::<Vec<_>>()).await?;
        if files.is_empty() {
            return Ok(Vec::new());
        }
        let (paid_at, settings) = (self.paid_at(order).await?, self.settings());
        let mut grants = Vec::new();
        for (place, line) in lines.iter().filter_map(|place| Some((*place, order.sold.lines.get(*place)?))) {
            for file in files.get(&line.product).into_iter().flatten() {
                grants.push(DownloadGrant {
                    order: order.id,
                    line: place,
                    file: file.id,
                    used: 0,
                    most: downloads_of(line.quantity, settings.downloads_max),
                    // A file that came later was not there before.
                    until: paid_at.max(file.created_at).plus_ms(settings.download_days * DAY_MS),
                    closed_at: None,
                });
            }
        }
        Ok(grants)
    }

    /// When the money of an order came, or was set aside; when it was placed, if there was none.
    async fn paid_at(&self, order: &Order) -> Result<Moment, DbError> {
        let ledger = self.db().load_ledger(CheckoutId::new(order.id.uuid())).await?;
        let came = ledger.iter().filter(|entry| matches!(entry.kind, LedgerKind::Authorised | LedgerKind::Captured));
        Ok(came.map(|entry| entry.at).max().unwrap_or(order.placed_at))
    }

    /// Gives a paid order's lines the files that their products have: from then on neither the settings nor what staff
    /// add change what was promised. Harmless when repeated.
    pub(crate) async fn open_downloads(&self, order: &Order) -> Result<(), DbError> {
        if !is_paid(order) || digital_lines(order).next().is_none() {
            return Ok(());
        }
        let grants = self.unopened(order, &self.db().list_download_grants(order.id).await?).await?;
        if grants.is_empty() {
            return Ok(());
        }
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.insert_download_grants(&grants, self.now()).await?;
                tx.commit().await
            })
            .await
    }

    /// What the link of a mail or of an order's page leads to; none if it was not made here, if the order has another
    /// link since, or if the file is gone. Nothing is counted.
    pub async fn find_download(&self, token: &str) -> Result<Option<FoundDownload>, DbError> {
        let Some(token) = DownloadToken::open(self.keys(), token) else { return Ok(None) };
        if token.step != DownloadStep::Page {
            return Ok(None);
        }
        self.found(&token).await
    }

    async fn found(&self, token: &DownloadToken) -> Result<Option<FoundDownload>, DbError> {
        let Some(order) = self.db().find_order(token.order).await? else { return Ok(None) };
        let link = self.db().find_order_link(order.id).await?;
        if link.is_none_or(|hash| LinkMark::of(&hash) != token.link) {
            return Ok(None);
        }
        let line = usize::from(token.line);
        let downloads = self.list_downloads(&order).await?;
        let download = downloads.into_iter().find(|known| known.line == line && known.file.id == token.file);
        Ok(download.map(|mut download| {
            if download.refusal.is_none() && token.expires <= self.now() {
                download.refusal = Some(DownloadRefusal::Expired);
            }
            FoundDownload { order, download }
        }))
    }

    /// The button of a file's page was pressed: counts a download and gives what the link to the file itself ends with.
    /// `press` is what the page called the button; the same one is counted once while its download lasts. Of any number
    /// of presses at once no more are counted than there are downloads left.
    pub async fn begin_download(&self, token: &str, press: &str) -> Result<String, DownloadError> {
        let page = DownloadToken::open(self.keys(), token).filter(|token| token.step == DownloadStep::Page);
        let page = page.ok_or(DownloadError::NotGenuine)?;
        let found = self.found(&page).await?.ok_or(DownloadError::NotGenuine)?;
        // Of one that is used up the last press may be pressed again.
        if let Some(refusal) = found.download.refusal.filter(|refusal| *refusal != DownloadRefusal::UsedUp) {
            return Err(DownloadError::Refused(Box::new(found), refusal));
        }
        self.check_stored(&found.download.file).await?;
        self.open_downloads(&found.order).await?;
        let own = self.chance().id().to_string();
        let is_name = (1..=PRESS_BYTES_MAX).contains(&press.len()) && press.bytes().all(|b| b.is_ascii_alphanumeric());
        let now = self.now();
        let start = DownloadStart {
            order: page.order,
            line: usize::from(page.line),
            file: page.file,
            press: if is_name { press } else { &own },
            now,
            lasts_ms: DOWNLOAD_LASTS_MS,
        };
        let begun_at = if self.db().count_download(start).await? {
            let detail = format!("line={} file={}", start.line + 1, start.file);
            self.db().note(&self.event(&Actor::Visitor, Subject::Order, page.order, "file_downloaded", detail)).await?;
            now
        } else {
            let pressed = self.db().find_pressed_download(start).await?;
            match pressed.filter(|at| now.ms_since(*at) < DOWNLOAD_LASTS_MS) {
                Some(at) => at,
                None => {
                    let found = self.found(&page).await?.ok_or(DownloadError::NotGenuine)?;
                    let refusal = found.download.refusal.unwrap_or(DownloadRefusal::UsedUp);
                    return Err(DownloadError::Refused(Box::new(found), refusal));
                }
            }
        };
        let expires = begun_at.plus_ms(DOWNLOAD_LASTS_MS);
        Ok(DownloadToken { step: DownloadStep::Begun, expires, ..page }.sign(self.keys()))
    }

    /// The file of a download that was counted, as often as it is asked for while it lasts. What closes an order's files
    /// meanwhile (a refund, a cancellation, another link) ends it, too.
    pub async fn find_begun_download(&self, token: &str) -> Result<FoundDownload, DownloadError> {
        let begun = DownloadToken::open(self.keys(), token).filter(|token| token.step == DownloadStep::Begun);
        let begun = begun.ok_or(DownloadError::NotGenuine)?;
        let mut found = self.found(&begun).await?.ok_or(DownloadError::NotGenuine)?;
        let goes_on = matches!(found.download.refusal, Some(DownloadRefusal::UsedUp | DownloadRefusal::Expired));
        if goes_on && self.now() < begun.expires {
            found.download.refusal = None;
        }
        match found.download.refusal {
            Some(refusal) => Err(DownloadError::Refused(Box::new(found), refusal)),
            None => Ok(found),
        }
    }

    /// Whether what is stored of a file is what was added.
    pub async fn check_stored(&self, file: &DownloadFile) -> Result<(), DownloadError> {
        match self.download_store()?.bytes_of(&file.storage_key).await.map_err(DownloadError::Place)? {
            Some(bytes) if bytes == file.bytes => Ok(()),
            _ => Err(DownloadError::Missing(file.id)),
        }
    }

    /// An address of the bucket at which a browser reads the file itself; none where it goes through the shop.
    pub async fn download_address(&self, file: &DownloadFile) -> Result<Option<String>, DownloadError> {
        self.download_store()?.address(&file.storage_key).await.map_err(DownloadError::Place)
    }

    /// Whether files go through the shop, and not from a bucket to the browser.
    pub fn serves_downloads(&self) -> bool {
        self.download_store().is_ok_and(|store| !store.redirects())
    }

    /// A part of a file's content, block by block.
    pub async fn read_download(&self, file: &DownloadFile, range: Range<u64>) -> Result<Blocks, DownloadError> {
        let read = self.download_store()?.read(&file.storage_key, range).await.map_err(DownloadError::Place)?;
        read.ok_or(DownloadError::Missing(file.id))
    }
}

/// What staff do.
impl Shop {
    /// Adds a file to a product, or puts another content in the place of one. `told` hears how many bytes are there. It
    /// is stored as a whole before anybody can be given it.
    pub async fn add_download_file(
        &self,
        wanted: &NewFile<'_>,
        from: &mut (dyn AsyncRead + Send + Unpin),
        told: &mut (dyn FnMut(u64) + Send),
        actor: &Actor,
    ) -> Result<DownloadFile, FileError> {
        let name = FileName::parse(wanted.name)?;
        let title = parse_file_title(wanted.title.unwrap_or(wanted.name)).ok_or(FileError::Title)?;
        let product = self.digital_product(wanted.sku).await?;
        let there = self.db().files_of_products(&[product]).await?.remove(&product).unwrap_or_default();
        let before = check_place(wanted, &name, &there)?.cloned();
        let store = self.download_store().map_err(in_place)?;
        let now = self.now();
        let storage_key = self.chance().staff_id(now).to_string();
        let written = store.write(&storage_key, &name, from, told).await.map_err(FileError::Place)?;
        let id = before.as_ref().map_or_else(|| DownloadFileId::new(self.chance().staff_id(now)), |file| file.id);
        let created_at = before.as_ref().map_or(now, |file| file.created_at);
        let title =
            if wanted.title.is_none() { before.as_ref().map_or(title, |file| file.title.clone()) } else { title };
        let (bytes, sha256) = (written.bytes, written.sha256);
        let file = DownloadFile { id, product, title, name, bytes, sha256, storage_key, created_at, removed_at: None };
        let noted = self.db().retry(|| self.try_add_file(wanted, before.as_ref(), &file, actor)).await;
        // What nobody names is taken away: the new one if it was refused, else the one before.
        let unnamed = if noted.is_ok() { before.map(|file| file.storage_key) } else { Some(file.storage_key.clone()) };
        if let Some(key) = unnamed
            && let Err(error) = store.delete(&key).await
        {
            tracing::warn!(error = format!("{error:#}"), key, "a file that nobody names any more was left");
        }
        noted.map(|()| file)
    }

    async fn try_add_file(
        &self,
        wanted: &NewFile<'_>,
        before: Option<&DownloadFile>,
        file: &DownloadFile,
        actor: &Actor,
    ) -> Result<(), FileError> {
        let mut tx = self.db().begin().await?;
        let kind = match before {
            Some(before) => {
                if !tx.replace_download_file(before, file).await? {
                    return Err(FileError::Overtaken);
                }
                "download_file_replaced"
            }
            None => {
                let there = tx.files_of_product(file.product).await?;
                check_place(wanted, &file.name, &there)?;
                tx.insert_download_file(file).await?;
                "download_file_added"
            }
        };
        let detail = format!("file={} bytes={}", file.id, file.bytes);
        tx.insert_event(&self.event(actor, Subject::Product, file.product, kind, detail)).await?;
        Ok(tx.commit().await?)
    }

    /// The product of an article number, of a class that is not sent.
    async fn digital_product(&self, sku: &str) -> Result<ProductId, FileError> {
        let products: BTreeSet<ProductId> = self.db().find_sku(sku).await?.iter().map(|found| found.product).collect();
        let no_such = || FileError::NoSuchSku(sku.chars().take(80).collect());
        // Partners that offer the same product share its files.
        let (Some(product), 1) = (products.first().copied(), products.len()) else { return Err(no_such()) };
        let heads = self.db().find_family_heads(&[product]).await?;
        let families = self.db().load_families(&heads).await?;
        let class = families.first().and_then(|family| match family.head.entry.product.structure {
            Structure::Standalone(class) | Structure::Parent(class) => Some(class),
            Structure::Child(_) => None,
        });
        let setup = self.db().load_catalogue_setup().await?;
        let class = setup.classes.iter().find(|known| Some(known.id) == class).ok_or_else(no_such)?;
        if class.requires_shipping { Err(FileError::IsSent(sku.to_owned())) } else { Ok(product) }
    }

    /// Files of one product, or of all, with who may still fetch them.
    pub async fn list_download_files(&self, sku: Option<&str>) -> Result<Vec<ListedFile>, FileError> {
        let mut files = Vec::new();
        match sku {
            Some(sku) => {
                let products: Vec<ProductId> =
                    self.db().find_sku(sku).await?.iter().map(|found| found.product).collect();
                if products.is_empty() {
                    return Err(FileError::NoSuchSku(sku.chars().take(80).collect()));
                }
                files.extend(self.db().files_of_products(&products).await?.into_values().flatten());
            }
            None => {
                let mut after = None;
                loop {
                    let page = self.db().list_download_files(after).await?;
                    let Some(last) = page.last() else { break };
                    after = Some(last.id);
                    files.extend(page);
                }
            }
        }
        let known = self.products_of(&files).await?;
        let mut listed = Vec::new();
        for file in files {
            let open = self.db().open_grants_of_file(file.id, self.now()).await?;
            let (skus, product_title) = known.get(&file.product).cloned().unwrap_or_default();
            listed.push(ListedFile { file, skus, product_title, open });
        }
        Ok(listed)
    }

    /// Article numbers and titles of the products that have these files.
    async fn products_of(&self, files: &[DownloadFile]) -> Result<BTreeMap<ProductId, (Vec<String>, Texts)>, DbError> {
        let products: BTreeSet<ProductId> = files.iter().map(|file| file.product).collect();
        let heads = self.db().find_family_heads(&products.iter().copied().collect::<Vec<_>>()).await?;
        let mut known = BTreeMap::new();
        for family in self.db().load_families(&heads).await? {
            for stored in std::iter::once(&family.head).chain(&family.children) {
                let Product { id, title, .. } = &stored.entry.product;
                let title = if title.is_empty() { family.head.entry.product.title.clone() } else { title.clone() };
                let skus = stored.entry.stock_records.iter().map(|record| record.sku.clone()).collect();
                known.insert(*id, (skus, title));
            }
        }
        Ok(known)
    }

    /// A file, by its id.
    pub async fn find_download_file(&self, id: DownloadFileId) -> Result<Option<ListedFile>, FileError> {
        let Some(file) = self.db().find_download_files(&[id]).await?.remove(&id) else { return Ok(None) };
        let open = self.db().open_grants_of_file(id, self.now()).await?;
        let known = self.products_of(std::slice::from_ref(&file)).await?;
        let (skus, product_title) = known.get(&file.product).cloned().unwrap_or_default();
        Ok(Some(ListedFile { file, skus, product_title, open }))
    }

    /// Takes a file out of sale. Who bought it may go on fetching it, unless it is taken from them, too; once nobody may,
    /// it is deleted. Harmless when repeated.
    pub async fn remove_download_file(
        &self,
        id: DownloadFileId,
        from_buyers: bool,
        actor: &Actor,
    ) -> Result<RemovedFile, FileError> {
        let no_such = || FileError::NoSuchFile(id.to_string());
        let file = self.db().find_download_files(&[id]).await?.remove(&id).ok_or_else(no_such)?;
        if file.removed_at.is_none() {
            self.db()
                .retry(|| async {
                    let (mut tx, detail) = (self.db().begin().await?, format!("file={id}"));
                    tx.remove_download_file(id, self.now()).await?;
                    let kind = "download_file_removed";
                    tx.insert_event(&self.event(actor, Subject::Product, file.product, kind, detail)).await?;
                    tx.commit().await
                })
                .await?;
        }
        let open = self.db().open_grants_of_file(id, self.now()).await?;
        if open.lines > 0 && !from_buyers {
            return Ok(RemovedFile::KeptFor(open));
        }
        self.download_store().map_err(in_place)?.delete(&file.storage_key).await.map_err(FileError::Place)?;
        // At most 512 rows a time: one file may have been sold to many.
        while !self.db().clear_grants_of_file(id).await? {}
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.delete_download_file(id).await?;
                tx.commit().await
            })
            .await?;
        Ok(RemovedFile::Gone)
    }

    /// Gives a paid order more time and more downloads, and files that its products were given since.
    pub async fn grant_downloads(
        &self,
        id: OrderId,
        wanted: MoreDownloads,
        actor: &Actor,
    ) -> Result<Vec<Download>, MoveError> {
        let order = self.order(id).await?;
        let lines = lines_wanted(&order, wanted.line)?;
        if let Some(refusal) = refusal_of_line(&order, usize::MAX, &[]) {
            return Err(MoveError::Text(format!("nothing is downloaded of an order that is {}", words(refusal))));
        }
        let (now, most) = (self.now(), DOWNLOADS_MAX);
        let until = now.plus_ms(wanted.days * DAY_MS);
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                if wanted.reopens {
                    tx.reopen_download_grants(id, wanted.line).await?;
                }
                let known = tx.list_download_grants(id).await?;
                let is_closed = |line: &usize| {
                    known.closed_lines.contains(line)
                        || known.grants.iter().any(|grant| grant.line == *line && grant.closed_at.is_some())
                };
                let open: Vec<usize> = lines.iter().copied().filter(|line| !is_closed(line)).collect();
                tx.insert_download_grants(&self.grants_for(&order, &open).await?, now).await?;
                tx.extend_download_grants(id, wanted.line, wanted.more, until, most).await?;
                let detail = format!("more={} until={}", wanted.more, until.to_rfc3339());
                tx.insert_event(&self.event(actor, Subject::Order, id, "downloads_granted", detail)).await?;
                tx.commit().await
            })
            .await?;
        Ok(self.list_downloads(&order).await?)
    }

    /// Closes the files of an order, or of one of its lines: their links lead to a page that says so.
    pub async fn close_downloads(&self, id: OrderId, line: Option<usize>, actor: &Actor) -> Result<(), MoveError> {
        let order = self.order(id).await?;
        let lines = lines_wanted(&order, line)?;
        self.open_downloads(&order).await?;
        self.db()
            .retry(|| async {
                let (mut tx, now) = (self.db().begin().await?, self.now());
                let known = tx.list_download_grants(id).await?;
                let has_some = |line: &usize| known.grants.iter().any(|grant| grant.line == *line);
                let without: Vec<usize> = lines.iter().copied().filter(|line| !has_some(line)).collect();
                tx.close_download_grants(id, line, &without, now).await?;
                let detail = line.map(|line| format!("line={}", line + 1)).unwrap_or_default();
                tx.insert_event(&self.event(actor, Subject::Order, id, "downloads_closed", detail)).await?;
                tx.commit().await
            })
            .await
            .map_err(MoveError::Db)
    }

    /// Gives back what a line of a download cost, and closes its files. They are closed first: whoever has the money
    /// back has no link, wherever this is broken off. What surely moved no money opens them again.
    pub async fn refund_line(&self, id: OrderId, line: usize, actor: &Actor) -> Result<Order, MoveError> {
        let order = self.order(id).await?;
        order.allows(Move::Refund)?;
        lines_wanted(&order, Some(line))?;
        let most = order.refundable();
        let cost = order.sold.lines.get(line).map_or(Money::zero(most.currency()), |line| line.total.gross());
        if most.minor() < cost.minor() {
            return Err(MoveError::Amount { wanted: cost, most });
        }
        self.close_downloads(id, Some(line), actor).await?;
        let refunded = if cost.is_zero() { Ok(order) } else { self.refund(id, Some(cost), actor).await };
        if let Err(
            MoveError::NotAllowed(_)
            | MoveError::Amount { .. }
            | MoveError::NoGateway(_)
            | MoveError::Gateway(GatewayError::Refused { .. }),
        ) = &refunded
        {
            self.db()
                .retry(|| async {
                    let mut tx = self.db().begin().await?;
                    tx.reopen_download_grants(id, Some(line)).await?;
                    tx.commit().await
                })
                .await?;
        }
        refunded
    }
}

/// The file that is to be replaced, if any is; refused where there is none, or one is in the way.
fn check_place<'f>(
    wanted: &NewFile<'_>,
    name: &FileName,
    there: &'f [DownloadFile],
) -> Result<Option<&'f DownloadFile>, FileError> {
    let (sku, same) = (wanted.sku.to_owned(), there.iter().find(|file| file.name == *name));
    match (same, wanted.replaces) {
        (Some(_), false) => Err(FileError::IsThere { sku, name: name.clone() }),
        (None, true) => Err(FileError::NoneToReplace { sku, name: name.clone() }),
        (None, false) if there.len() >= FILES_PER_PRODUCT_MAX => Err(FileError::TooMany),
        (same, _) => Ok(same),
    }
}

/// Lines of an order that can have files: the one that is named, or all.
fn lines_wanted(order: &Order, line: Option<usize>) -> Result<Vec<usize>, MoveError> {
    let lines: Vec<usize> = digital_lines(order).filter(|place| line.is_none_or(|line| line == *place)).collect();
    if !lines.is_empty() {
        return Ok(lines);
    }
    Err(MoveError::Text(match line {
        Some(line) => format!("line {} is no download; `tradewind orders show` numbers the lines", line + 1),
        None => "nothing of this order is downloaded".to_owned(),
    }))
}

fn words(refusal: DownloadRefusal) -> &'static str {
    match refusal {
        DownloadRefusal::NotPaid => "not paid; `tradewind orders capture` notes a payment",
        DownloadRefusal::Cancelled => "cancelled",
        DownloadRefusal::Refunded => "refunded",
        DownloadRefusal::Withdrawn => "withdrawn from",
        DownloadRefusal::Closed => "closed",
        DownloadRefusal::Expired => "expired",
        DownloadRefusal::UsedUp => "used up",
    }
}

fn in_place(error: DownloadError) -> FileError {
    match error {
        DownloadError::Place(error) => FileError::Place(error),
        DownloadError::Db(error) => FileError::Db(error),
        other => FileError::Place(anyhow::Error::new(other)),
    }
}
