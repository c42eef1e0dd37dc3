//! Pictures and files that staff uploaded: what shoppers get is made of them by a task, never while somebody waits for
//! a page, and never the upload as it came.

use crate::media_store::{AboutFile, MediaStore};
use crate::shop::Shop;
use anyhow::Context;
use bytes::Bytes;
use commerce::catalogue::{AttributeValue, Category, CategoryTree, Product};
use db::outbox::OutboxTask;
use db::products::Family;
use db::uploads::Upload;
use db::{DbError, Tx};
use media::drawing::Drawing;
pub use media::names::{Format, MEDIA_PATH, PICTURE_FOLDERS, SizedPicture};
use media::resize::{Prepared, UPLOAD_BYTES_MAX, UploadError};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path};

/// Longest seed of a drawn picture, in bytes.
const SEED_BYTES_MAX: usize = 120;
/// How the media folder's files are named in a bucket.
const MEDIA_PREFIX: &str = "media/";
/// Subject of tasks about pictures of categories; what is published then is the categories and no product.
const CATEGORIES: &str = "categories";

/// A file as shoppers get it.
#[derive(Clone, Debug)]
pub struct MediaFile {
    /// For the `Content-Type` header.
    pub media_type: &'static str,
    /// Whether it is saved and not opened.
    pub is_download: bool,
    /// What is in it.
    pub body: Bytes,
}

/// What was made of uploads, by their paths.
#[derive(Default)]
pub(crate) struct Uploads(BTreeMap<String, Upload>);

impl Uploads {
    /// The name that stands for a source in what shoppers read: of an upload that of what was made of it, none while
    /// nothing was; a drawn picture is its own.
    pub(crate) fn shown<'s>(&'s self, source: &'s str) -> Option<&'s str> {
        if media::names::drawn_seed(source).is_some() {
            return Some(source);
        }
        self.0.get(source).map(|upload| upload.made.as_str()).filter(|made| !made.is_empty())
    }
}

impl AboutFile {
    /// Whether something was made, or tried to be, of the file as it is now.
    fn is_done(&self, known: &Upload) -> bool {
        i64::try_from(self.bytes).is_ok_and(|bytes| bytes == known.bytes) && self.changed_at == known.changed_at
    }
}

/// Files that are to be written, under their names, and the name that stands for them all.
struct Made {
    name: String,
    files: Vec<(String, Vec<u8>)>,
}

impl From<Prepared> for Made {
    fn from(prepared: Prepared) -> Self {
        let files = prepared.files.into_iter().map(|file| (file.name, file.bytes));
        Self { name: prepared.picture.name(), files: files.collect() }
    }
}

/// Paths of the uploads that a product names: its pictures, and files among its attributes.
fn uploads_of(product: &Product) -> impl Iterator<Item = &str> {
    let values = product.attributes.iter().filter_map(|(_, value)| match value {
        AttributeValue::Image(path) | AttributeValue::File(path) => Some(path.as_str()),
        _ => None,
    });
    let images = product.images.iter().map(|image| image.source.as_str());
    images.chain(values).filter(|source| media::names::drawn_seed(source).is_none())
}

fn products_of(family: &Family) -> impl Iterator<Item = &Product> {
    std::iter::once(&family.head).chain(&family.children).map(|stored| &stored.entry.product)
}

impl Shop {
    /// A drawn picture as SVG; only in a store for trying things out, where the catalogue names such pictures.
    pub fn draw_picture(&self, seed: &str) -> Option<String> {
        let known = self.settings().demo && seed.len() <= SEED_BYTES_MAX && Drawing::understands(seed);
        known.then(|| Drawing::from_seed(seed).to_svg())
    }

    /// A file of the media folder for shoppers, by its path there: only what the program made.
    pub async fn read_media(&self, path: &str) -> Option<MediaFile> {
        let served = media::names::served(path)?;
        let read = self.0.media.read(path).await;
        let body =
            read.inspect_err(|error| tracing::warn!(error = format!("{error:#}"), "a file is not shown")).ok()??;
        Some(MediaFile { media_type: served.media_type, is_download: served.is_download, body })
    }

    /// Address of a picture's raster for previews of links; none while there is no file of it.
    pub fn preview_url(&self, source: &str) -> Option<String> {
        let name = match media::names::drawn_seed(source) {
            Some(seed) => media::names::drawn_raster(seed),
            None => {
                let picture = SizedPicture::parse(source)?;
                picture.file(picture.widths().last().copied()?, Format::Jpeg)
            }
        };
        Some(format!("{}{MEDIA_PATH}{name}", self.base_url()))
    }

    /// What was made of the uploads that these families name.
    pub(crate) async fn uploads_of_families(&self, families: &[Family]) -> Result<Uploads, DbError> {
        let products = families.iter().flat_map(products_of);
        let sources: BTreeSet<String> = products.flat_map(uploads_of).map(str::to_owned).collect();
        self.find_uploads(sources).await
    }

    /// What was made of the pictures of these categories.
    pub(crate) async fn uploads_of_categories(&self, categories: &[Category]) -> Result<Uploads, DbError> {
        self.find_uploads(categories.iter().filter_map(|category| category.image.clone()).collect()).await
    }

    async fn find_uploads(&self, sources: BTreeSet<String>) -> Result<Uploads, DbError> {
        self.db().find_uploads(&sources.into_iter().collect::<Vec<_>>()).await.map(Uploads)
    }

    /// Has everything made of what a product names; of drawn pictures the first gets a raster for previews.
    pub(crate) async fn enqueue_uploads_of(&self, tx: &mut Tx, product: &Product) -> Result<(), DbError> {
        let first = product.images.first().map(|image| image.source.as_str());
        let drawn = first.filter(|source| media::names::drawn_seed(source).is_some());
        let sources: Vec<&str> = drawn.into_iter().chain(uploads_of(product)).collect();
        for source in sources {
            tx.enqueue(&self.task("image", product.id, source), self.now(), self.now()).await?;
        }
        Ok(())
    }

    /// Has the sizes made of the pictures of categories.
    pub(crate) async fn enqueue_pictures_of(&self, tx: &mut Tx, categories: &[Category]) -> Result<(), DbError> {
        for source in pictures_of(categories.iter()).collect::<Vec<_>>() {
            tx.enqueue(&self.task("image", CATEGORIES, source), self.now(), self.now()).await?;
        }
        Ok(())
    }

    /// Has made what is missing of the uploads that these families name: the file has come or changed since.
    pub(crate) async fn enqueue_missing_of_families(&self, families: &[Family]) -> anyhow::Result<()> {
        let known = self.uploads_of_families(families).await?;
        let products = families.iter().flat_map(products_of);
        let named = products.flat_map(|product| uploads_of(product).map(|source| (product.id.to_string(), source)));
        self.enqueue_missing(named.collect(), &known).await
    }

    /// The same of the pictures of categories.
    pub(crate) async fn enqueue_missing_of_categories(
        &self,
        categories: &CategoryTree,
        known: &Uploads,
    ) -> anyhow::Result<()> {
        let named = pictures_of(categories.iter()).map(|source| (CATEGORIES.to_owned(), source));
        self.enqueue_missing(named.collect(), known).await
    }

    async fn enqueue_missing(&self, named: Vec<(String, &str)>, known: &Uploads) -> anyhow::Result<()> {
        let mut tasks: Vec<OutboxTask> = Vec::new();
        for (subject, source) in named {
            let Some(file) = self.upload_file(source).await? else { continue };
            if !known.0.get(source).is_some_and(|upload| file.is_done(upload)) {
                tasks.push(self.task("image", subject, source));
            }
        }
        self.put_tasks(&tasks).await
    }

    async fn put_tasks(&self, tasks: &[OutboxTask]) -> anyhow::Result<()> {
        if tasks.is_empty() {
            return Ok(());
        }
        let now = self.now();
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                for task in tasks {
                    tx.enqueue(task, now, now).await?;
                }
                tx.commit().await
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }

    /// A file came into the media folder, `path` from its top: what is made of it is made for the products and
    /// categories that name it. One that nobody names yet is found by the publish of whoever will.
    pub async fn take_upload(&self, path: &str) -> anyhow::Result<()> {
        let path = path.strip_prefix(MEDIA_PREFIX).unwrap_or(path);
        if !is_inside(path) || media::names::served(path).is_some() {
            return Ok(());
        }
        let showing = self.db().list_products_showing(path).await?;
        let setup = self.db().load_catalogue_setup().await?;
        let is_of_category = pictures_of(setup.categories.iter()).any(|source| source == path);
        let subjects = showing.iter().map(ToString::to_string).chain(is_of_category.then(|| CATEGORIES.to_owned()));
        let tasks: Vec<OutboxTask> = subjects.map(|subject| self.task("image", subject, path)).collect();
        self.put_tasks(&tasks).await
    }

    /// Makes what shoppers get of an upload, and publishes the product (or the categories) that names it.
    pub(crate) async fn make_upload(&self, subject: &str, source: &str) -> anyhow::Result<()> {
        if let Some(seed) = media::names::drawn_seed(source) {
            return self.make_raster(seed).await;
        }
        // An import may name files that are not there yet: `doctor` lists them, and the next publish looks again.
        let Some(file) = self.upload_file(source).await? else { return Ok(()) };
        let known = self.db().find_uploads(&[source.to_owned()]).await?.remove(source);
        // Another product may name the same file.
        let upload = match known {
            Some(known) if file.is_done(&known) => known,
            known => self.make(source, file, known).await?,
        };
        let now = self.now();
        let publish = self.task("publish", subject, "");
        self.db()
            .retry(|| async {
                let mut tx = self.db().begin().await?;
                tx.put_upload(&upload).await?;
                tx.enqueue(&publish, now, now).await?;
                tx.commit().await
            })
            .await?;
        self.ring_outbox();
        Ok(())
    }

    /// Writes what can be made of a file. Where nothing can, what was made of the one before stays.
    async fn make(&self, source: &str, file: AboutFile, known: Option<Upload>) -> anyhow::Result<Upload> {
        let mut upload = Upload {
            source: source.to_owned(),
            made: known.map(|known| known.made).unwrap_or_default(),
            problem: String::new(),
            bytes: i64::try_from(file.bytes).unwrap_or(i64::MAX),
            changed_at: file.changed_at,
        };
        match made_of(&self.0.media, source, file).await? {
            Ok(made) => {
                for (name, bytes) in made.files {
                    self.write_media(&name, bytes).await?;
                }
                upload.made = made.name;
            }
            Err(error) => {
                tracing::warn!(source, problem = %error, "nothing can be made of an upload");
                upload.problem = error.to_string();
            }
        }
        Ok(upload)
    }

    async fn write_media(&self, name: &str, bytes: Vec<u8>) -> anyhow::Result<()> {
        self.0.media.write(name, bytes, &self.chance().id().to_string()).await
    }

    /// The file of an upload; `None` if there is none of that name inside the media folder.
    async fn upload_file(&self, source: &str) -> anyhow::Result<Option<AboutFile>> {
        if !is_inside(source) {
            return Ok(None);
        }
        self.0.media.about(source).await
    }

    /// A drawn picture as a raster, for whoever reads no SVG: previews of links, search engines.
    async fn make_raster(&self, seed: &str) -> anyhow::Result<()> {
        let name = media::names::drawn_raster(seed);
        if self.0.media.about(&name).await?.is_some() {
            return Ok(());
        }
        let drawing = Drawing::from_seed(seed);
        let jpeg = tokio::task::spawn_blocking(move || drawing.to_jpeg(media::names::DRAWN_RASTER_WIDTH)).await??;
        self.write_media(&name, jpeg).await
    }
}

/// Pictures of categories that were uploaded.
fn pictures_of<'c>(categories: impl Iterator<Item = &'c Category>) -> impl Iterator<Item = &'c str> {
    let sources = categories.filter_map(|category| category.image.as_deref());
    sources.filter(|source| media::names::drawn_seed(source).is_none())
}

/// What a file is made into: by its ending something to download, else a picture in its sizes. The inner error is the
/// file's own fault, and trying again helps nobody.
async fn made_of(media: &MediaStore, source: &str, file: AboutFile) -> anyhow::Result<Result<Made, UploadError>> {
    let too_long = usize::try_from(file.bytes).unwrap_or(usize::MAX);
    if too_long > UPLOAD_BYTES_MAX {
        return Ok(Err(UploadError::TooManyBytes { bytes: too_long }));
    }
    let bytes = Vec::from(media.read(source).await?.with_context(|| format!("{source} has gone meanwhile"))?);
    if let Some(name) = media::names::download(source, &bytes) {
        return Ok(Ok(Made { files: vec![(name.clone(), bytes)], name }));
    }
    Ok(tokio::task::spawn_blocking(move || media::resize::prepare(&bytes)).await?.map(Made::from))
}

/// Whether a path stays inside the folder that it is joined to.
pub(crate) fn is_inside(path: &str) -> bool {
    !path.is_empty() && Path::new(path).components().all(|part| matches!(part, Component::Normal(_)))
}
