//! What to do about each finding of the data's checks.

use super::Severity;

/// How bad a finding is, and what to do about it.
pub(super) fn advice(check: &str) -> (Severity, &'static str) {
    use Severity::{Error, Warning};
    match check {
        "restore_unfinished" => (Error, "A restore was broken off: restore the backup into a new folder."),
        "damaged_row" => (Error, "Restore the newest backup into a new folder and compare, or enter the row anew."),
        "damaged_rule" => (
            Warning,
            "The shop sells without it. What came from django-oscar is mended by running the import again; the rest \
             comes back from the newest backup.",
        ),
        "offer_of_no_range" => (Warning, "The offer applies to nothing: run the import again, or restore a backup."),
        "voucher_opens_no_offer"
        | "voucher_of_no_set"
        | "offer_of_no_voucher"
        | "uses_of_no_offer"
        | "uses_of_no_voucher" => {
            (Warning, "Nobody is charged otherwise by it: run the import again, or compare with the newest backup.")
        }
        "payment_to_look_at" => (
            Warning,
            "`tradewind payments show ID` tells what does not match; nothing ships until it is settled or given back.",
        ),
        "task_that_fails" => (Warning, "See what the log says of the task; it is tried again, at most once an hour."),
        "product_names_what_is_gone"
        | "attribute_of_another_kind"
        | "attribute_of_no_class"
        | "attribute_of_no_group"
        | "option_of_no_group"
        | "category_below_nothing"
        | "image_of_no_product"
        | "old_slug_of_no_product"
        | "recommendation_of_no_product" => {
            (Warning, "Shoppers do not see it; write the product again with `tradewind catalogue apply`.")
        }
        "download_of_no_product" => {
            (Warning, "Nobody buys it any more: `tradewind downloads remove ID` takes it away.")
        }
        "download_of_no_file" => (
            Warning,
            "Its buyers do not see it; `tradewind downloads grant ORDER` gives them the files that the product has now.",
        ),
        "stock_does_not_add_up" => {
            (Error, "Count the units and run `tradewind stock set SKU UNITS --reason …`: it lays them out anew.")
        }
        "product_of_no_class" | "child_of_no_product" | "child_of_no_parent" => {
            (Error, "The product cannot be shown: restore the row that it names from a backup.")
        }
        "stock_record_of_no_product"
        | "stock_record_of_no_partner"
        | "price_of_no_stock_record"
        | "bucket_of_no_stock_record"
        | "negative_price" => (Error, "Nothing is sold by it; mend the row, or restore a backup."),
        // Money and what was promised to customers.
        _ => (Error, "Somebody wrote to the database by hand, or a disk lied: compare with the newest backup."),
    }
}
