//! Files that were bought: how they stand on the order's page, and the page that each link leads to.

use serde::Serialize;

/// A file on the order's page.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DownloadLinkView {
    /// What it is called.
    pub title: String,
    /// `3.2 MB`
    pub size: String,
    /// Its page; empty where it cannot be had.
    pub url: String,
    /// How many downloads are left and until when, or why there are none.
    pub state: String,
}

/// The page of one file. It says nothing of the order that a link's finder may not know.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct DownloadView {
    /// What the file is called.
    pub title: String,
    /// What it is called on the buyer's disk.
    pub name: String,
    /// `3.2 MB`
    pub size: String,
    /// How many downloads are left and until when, or why there are none.
    pub state: String,
    /// Where the button leads; empty where the file cannot be had, or was just begun.
    pub action: String,
    /// What this page calls its button, so that a double press counts once.
    pub press: String,
    /// The file itself, once a download was begun.
    pub file_url: String,
    /// How long a download that was begun may be gone on with, in hours.
    pub hours: i64,
}
