//! Partners.

use crate::ids;
use crate::options::Options;
use crate::read::Read;
use crate::report::{Code, Report, quote};
use crate::rows::ReadError;
use crate::select::Select;
use crate::source::{Counts, Source};
use crate::taken::Taken;
use commerce::catalogue::Partner;

const PARTNERS: Select = Select { table: "partner_partner", joins: &[], columns: &["t.id", "t.code", "t.name"] };

/// All partners, in order of their keys.
pub(crate) async fn partners(
    source: &mut Source,
    options: &Options,
    report: &mut Report,
) -> Result<Vec<Partner>, ReadError> {
    let rows = source.all(&PARTNERS, report).await?;
    let mut codes = Taken::default();
    let partners = rows.iter().filter_map(|row| {
        let key = row.key()?;
        let mut read = Read { row, options, report };
        let wanted = read.line("t.code").unwrap_or_else(|| read.wanted_slug(&["t.name"], "partner").to_string());
        let code = codes.claim_code(0, wanted);
        if code.is_changed || row.filled("t.code").is_none() {
            read.note(Code::CodeChanged, format!("the code became {}", quote(&code.name)));
        }
        // A blank name is allowed, as in Oscar.
        let name = read.line("t.name").unwrap_or_default();
        Some(Partner { id: ids::partner(key), code: code.name, name, oscar: Some(key) })
    });
    Ok(partners.collect())
}

/// Notes what partners have in Oscar and have no place for here.
pub(crate) fn note_not_brought(counts: &Counts, report: &mut Report) {
    for (table, what) in [("partner_partneraddress", "addresses"), ("partner_partner_users", "users")] {
        let rows = counts.rows.get(table).copied().unwrap_or_default();
        if rows > 0 {
            report.add(Code::NotBrought, table, None, format!("{rows} {what} of partners"));
        }
    }
}

/// The partner of stock records whose own does not exist.
pub(crate) fn unknown(partners: &[Partner]) -> Partner {
    let mut codes = Taken::default();
    for partner in partners {
        codes.claim_code(0, partner.code.clone());
    }
    let code = codes.claim_code(0, "unknown".to_owned()).name;
    Partner { id: ids::unknown_partner(), code, name: String::new(), oscar: None }
}
