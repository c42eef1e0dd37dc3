//! Tax of what is sold here: by the market's policy, where it goes and who buys.

use crate::offered::Buyer;
use crate::shop::Shop;
use commerce::market::Locale;
use commerce::moment::Moment;
use commerce::tax::sale::{SaleTax, SaleTerms};
use commerce::tax::treatment;
use jiff::civil::{Date, Time};

impl Shop {
    /// The tax of a sale to whoever has said nothing of themselves: what pages show.
    pub(crate) fn usual_sale(&self, locale: Locale) -> SaleTax {
        let market = self.settings().markets.market(locale);
        market.tax.usual_sale(self.sale_terms(locale), market.countries[0])
    }

    /// The tax of a sale to a buyer, as far as they have told where it goes. It may be
    /// [open](SaleTax::is_open).
    pub fn sale_tax(&self, locale: Locale, buyer: Buyer<'_>) -> SaleTax {
        let market = self.settings().markets.market(locale);
        let Some(to) = buyer.to.filter(|to| market.countries.contains(&to.country())) else {
            return self.usual_sale(locale);
        };
        let vat_number = buyer.vat_number.map(|(number, check)| (number, *check));
        market.tax.sale(self.sale_terms(locale), to.clone(), treatment::Buyer { vat_number, exempt: false })
    }

    /// When rates of tax change next, by the tables: prices on pages may hang on them.
    pub(crate) fn next_tax_change(&self, now: Moment) -> Option<Moment> {
        let zone = &self.settings().time_zone;
        let today = self.day_of(now);
        let policies = self.settings().markets.iter().map(|market| &market.tax).filter(|tax| !tax.is_flat());
        let day = policies.filter_map(|tax| tax.table.next_change(today)).min()?;
        let midnight = zone.to_ambiguous_timestamp(day.to_datetime(Time::midnight())).compatible().ok()?;
        Some(Moment::from_micros(midnight.as_microsecond()))
    }

    /// A moment's day in the store's time zone.
    fn day_of(&self, moment: Moment) -> Date {
        let timestamp = jiff::Timestamp::from_microsecond(moment.micros()).unwrap_or_default();
        self.settings().time_zone.to_datetime(timestamp).date()
    }

    fn sale_terms(&self, locale: Locale) -> SaleTerms {
        let market = self.settings().markets.market(locale);
        SaleTerms {
            currency: market.currency,
            entered: self.settings().prices_entered,
            shown: market.tax_display,
            day: self.day_of(self.now()),
        }
    }
}
