//! Packages: unpacked once under their SHA-256, shared by all environments, read only.

mod unzip;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use ring::digest::{SHA256, digest};

pub(crate) use unzip::UnzipError;

/// An unpacked package.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Package {
    /// Base64 of the SHA-256 of the archive, as `CodeSha256` has it.
    pub(crate) sha256: String,
    /// The same in hexadecimal digits: the name in the store.
    pub(crate) name: String,
    /// Size of the archive, in bytes.
    pub(crate) zip_bytes: usize,
    /// The folder that holds what was in the archive.
    pub(crate) folder: PathBuf,
}

/// Why a package was not stored.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Refused(#[from] UnzipError),
    #[error("could not store the package: {0}")]
    Io(#[from] io::Error),
}

/// The folder of all packages.
#[derive(Debug)]
pub(crate) struct PackageStore {
    folder: PathBuf,
}

impl PackageStore {
    pub(crate) fn open(folder: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&folder)?;
        Ok(Self { folder })
    }

    /// Unpacks an archive, unless the same one is there. Blocks: up to 250 MB are written.
    pub(crate) fn store(&self, zip: &[u8]) -> Result<Package, StoreError> {
        let hash = digest(&SHA256, zip);
        let name = crate::ids::hex(hash.as_ref());
        let folder = self.folder.join(&name);
        if !folder.exists() {
            self.unpack(zip, &name, &folder)?;
        }
        Ok(Package { sha256: BASE64.encode(hash), name, zip_bytes: zip.len(), folder })
    }

    /// The archive that a package was made from.
    pub(crate) fn zip_path(&self, name: &str) -> PathBuf {
        self.folder.join(format!("{name}.zip"))
    }

    /// Unpacks beside the final place and moves it there, so that a package is whole or absent.
    fn unpack(&self, zip: &[u8], name: &str, folder: &Path) -> Result<(), StoreError> {
        let begun = self.folder.join(format!("{name}.{}", crate::ids::short()));
        let made = unzip::unzip(zip, &begun).map_err(StoreError::from).and_then(|()| {
            fs::write(self.zip_path(name), zip)?;
            Ok(fs::rename(&begun, folder)?)
        });
        if made.is_err() {
            // Unpacked packages cannot be written, not even by whoever clears them away.
            remove_tree(&begun);
            if folder.exists() {
                return Ok(()); // somebody else stored the same package meanwhile
            }
        }
        made
    }
}

/// Removes a folder whose folders may be read only. What cannot be removed stays.
pub(crate) fn remove_tree(folder: &Path) {
    if let Ok(entries) = fs::read_dir(folder) {
        let _ = fs::set_permissions(folder, std::os::unix::fs::PermissionsExt::from_mode(0o700));
        for entry in entries.flatten().filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir())) {
            remove_tree(&entry.path());
        }
    }
    let _ = fs::remove_dir_all(folder);
}
