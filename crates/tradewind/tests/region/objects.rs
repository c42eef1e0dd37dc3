//! Pictures that the edge reads from the bucket by itself, and what it must not read there.

use super::bill::report;
use super::cache;
use super::world::TestShop;
use serde_json::Value;

/// The name of a picture in one of its sizes, as the program makes it.
const SIZED: &str = "sizes/0123456789abcdef0123456789abcdef-400.webp";

fn count(report: &Value, pointer: &str) -> u64 {
    report.pointer(pointer).and_then(Value::as_u64).unwrap()
}

#[test]
fn a_picture_comes_out_of_the_bucket_and_an_upload_does_not() {
    let shop = TestShop::open_region(&[], &[]);
    let media = shop.store().join("media");
    for (path, text) in [(SIZED, "a picture"), ("mugs/original.jpg", "with the place where it was taken")] {
        let file = media.join(path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        std::fs::write(file, text).unwrap();
    }
    let picture = shop.get(&format!("/media/{SIZED}"));
    assert_eq!((picture.status, picture.body.as_str()), (200, "a picture"));
    assert_eq!(picture.header("content-type"), "image/webp");
    assert_eq!(picture.header("x-content-type-options"), "nosniff");
    assert!(cache(&shop.get(&format!("/media/{SIZED}"))).starts_with("hit"));
    let counted = report(&shop, "a read of the bucket", |report| count(report, "/counts/services/store_gets") == 1);
    assert_eq!(count(&counted, "/counts/invocations/count"), 0, "no function ran for it");

    let upload = shop.get("/media/mugs/original.jpg");
    assert_eq!(upload.status, 404, "an upload is nobody's business");
    let missing = shop.get(&format!("/media/{}", SIZED.replace("400", "800")));
    assert_eq!(missing.status, 404);
    let drawn = shop.get("/media/drawn/mug:celadon:1.svg");
    assert!(drawn.status == 200 && drawn.body.contains("<svg"), "what is not there the function may draw");
}

#[test]
fn the_bucket_takes_what_is_signed_and_nothing_else() {
    let shop = TestShop::open_region(&[], &[]);
    let credentials = std::fs::read_to_string(shop.store().join("data/region/credentials")).unwrap();
    let mode = std::os::unix::fs::PermissionsExt::mode(
        &std::fs::metadata(shop.store().join("data/region/credentials")).unwrap().permissions(),
    );
    assert_eq!(mode & 0o777, 0o600, "it opens everything");
    assert!(credentials.contains("aws_secret_access_key"), "{credentials}");
    let objects = super::life::said_of(&shop, "aws s3 ls --endpoint-url ", '`');
    let address = objects.strip_prefix("http://").unwrap().parse().unwrap();
    for path in ["/media?list-type=2", "/data/store.db", "/media/../data/store.db"] {
        let refused = shop.ask_as(address, "localhost", path);
        assert!(matches!(refused.status, 400 | 403 | 404), "{path}: {}", refused.status);
    }
}
