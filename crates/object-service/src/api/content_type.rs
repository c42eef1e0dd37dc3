//! The content type of a file that was put by hand: what its name says.

/// What S3 says of objects that were put without one.
pub(super) const UNKNOWN: &str = "binary/octet-stream";

/// The content type by the ending of a key.
pub(super) fn content_type_of(key: &str) -> &'static str {
    let name = key.rsplit('/').next().unwrap_or_default();
    let ending = name.rsplit_once('.').map_or("", |(_, ending)| ending).to_ascii_lowercase();
    match ending.as_str() {
        "html" | "htm" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "txt" => "text/plain; charset=utf-8",
        "md" => "text/markdown; charset=utf-8",
        "csv" => "text/csv; charset=utf-8",
        "json" | "map" => "application/json",
        "xml" => "application/xml",
        "pdf" => "application/pdf",
        "zip" => "application/zip",
        "gz" => "application/gzip",
        "wasm" => "application/wasm",
        "webmanifest" => "application/manifest+json",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "gif" => "image/gif",
        "webp" => "image/webp",
        "avif" => "image/avif",
        "svg" => "image/svg+xml",
        "ico" => "image/x-icon",
        "woff2" => "font/woff2",
        "woff" => "font/woff",
        "ttf" => "font/ttf",
        "mp3" => "audio/mpeg",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => UNKNOWN,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_says_what_a_file_is() {
        for (case, key, want) in [
            ("an ending", "a/b.css", "text/css; charset=utf-8"),
            ("in capitals", "PHOTO.JPG", "image/jpeg"),
            ("the last of several", "a.tar.gz", "application/gzip"),
            ("none", "LICENSE", UNKNOWN),
            ("one of the folder", "a.css/b", UNKNOWN),
            ("one that nobody knows", "a.xyz", UNKNOWN),
            ("nothing but one", ".html", "text/html; charset=utf-8"),
        ] {
            assert_eq!(content_type_of(key), want, "{case}");
        }
    }
}
