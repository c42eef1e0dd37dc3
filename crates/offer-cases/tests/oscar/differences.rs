//! Where we differ from django-oscar on purpose; `docs/from-oscar.md` has the same list for people.

/// A case with the figures in which we differ.
pub(crate) struct Difference {
    pub(crate) case: &'static str,
    /// Why, in a sentence.
    pub(crate) why: &'static str,
    /// Figure, Oscar's, ours.
    pub(crate) figures: &'static [(&'static str, &'static str, &'static str)],
}

/// In the order of the file; figures by name.
pub(crate) const DIFFERENCES: &[Difference] = &[
    Difference {
        case: "abs-two-nonexclusive-never-negative",
        why: "A discount is not above what it is taken off, and what changes nothing is not recorded.",
        figures: &[
            ("applications", "2", "1"),
            ("applications[1]", "offer2 ×1 20.00 basket -", "(none)"),
            ("lines[0].discount", "40.00", "20.00"),
            ("total_discount", "40.00", "20.00"),
        ],
    },
    Difference {
        case: "pct-accuracy-5",
        why: "Each line keeps whole pennies, so the sums agree: no tax where none is charged.",
        figures: &[("total_discount", "0.88", "0.87"), ("total_tax", "0.01", "0.00")],
    },
    Difference {
        case: "pct-rounds-to-nothing",
        why: "Less than a penny changes nothing: nothing is recorded, and no tax is charged.",
        figures: &[
            ("lines[0].discount", "0.01", "0.00"),
            ("lines[0].qty_discounted", "1", "0"),
            ("total_discount", "0.01", "0.00"),
            ("total_tax", "0.01", "0.00"),
        ],
    },
    Difference {
        case: "multibuy-six-distinct",
        why: "Every full group of a multibuy gets its free unit.",
        figures: &[
            ("applications[0]", "o1 ×1 4.00 basket -", "o1 ×2 9.00 basket -"),
            ("lines[2].qty_discounted", "0", "1"),
            ("lines[3].qty_discounted", "0", "1"),
            ("lines[4].discount", "0.00", "5.00"),
            ("lines[4].qty_discounted", "0", "1"),
            ("lines[4].total_excl_tax", "5.00", "0.00"),
            ("lines[4].total_incl_tax", "5.00", "0.00"),
            ("total_discount", "4.00", "9.00"),
            ("total_excl_tax", "35.00", "30.00"),
            ("total_incl_tax", "35.00", "30.00"),
        ],
    },
    Difference {
        case: "coverage-multibuy-consumes-one-each",
        why: "Every full group of a multibuy gets its free unit.",
        figures: &[
            ("applications[0]", "o1 ×1 4.00 basket -", "o1 ×2 10.00 basket -"),
            ("lines[2].discount", "0.00", "6.00"),
            ("lines[2].qty_discounted", "0", "1"),
            ("lines[2].total_excl_tax", "6.00", "0.00"),
            ("lines[2].total_incl_tax", "6.00", "0.00"),
            ("lines[3].qty_discounted", "0", "1"),
            ("total_discount", "4.00", "10.00"),
            ("total_excl_tax", "18.00", "12.00"),
            ("total_incl_tax", "18.00", "12.00"),
        ],
    },
    Difference {
        case: "percentage-stops-at-a-blocked-cheaper-line",
        why: "A walk over lines passes over what is taken and goes on.",
        figures: &[
            ("applications[1]", "non ×1 2.50 basket -", "non ×1 12.50 basket -"),
            ("lines[1].discount", "0.00", "10.00"),
            ("lines[1].qty_discounted", "0", "1"),
            ("lines[1].total_excl_tax", "20.00", "10.00"),
            ("lines[1].total_incl_tax", "20.00", "10.00"),
            ("total_discount", "3.50", "13.50"),
            ("total_excl_tax", "31.50", "21.50"),
            ("total_incl_tax", "31.50", "21.50"),
        ],
    },
    Difference {
        case: "single-offer-max-one-item",
        why: "Oscar keeps 0.999 on the line and cuts the application down; the line decides.",
        figures: &[("applications[0]", "offer1 ×1 0.99 basket -", "offer1 ×1 1.00 basket -")],
    },
    Difference {
        case: "user-limit-ignored-for-anonymous",
        why: "A limit is never exceeded: a guest is one shopper.",
        figures: &[
            ("applications[0]", "o1 ×3 3.00 basket -", "o1 ×1 1.00 basket -"),
            ("lines[0].discount", "3.00", "1.00"),
            ("lines[0].qty_discounted", "3", "1"),
            ("lines[0].total_excl_tax", "27.00", "29.00"),
            ("lines[0].total_incl_tax", "27.00", "29.00"),
            ("max_applications.o1", "10000", "1"),
            ("total_discount", "3.00", "1.00"),
            ("total_excl_tax", "27.00", "29.00"),
            ("total_incl_tax", "27.00", "29.00"),
        ],
    },
    Difference {
        case: "max-discount-below-threshold-overshoots",
        why: "A budget is never exceeded: 0.01 of it is left.",
        figures: &[
            ("applications[0]", "o1 ×1 250.00 basket -", "o1 ×1 0.01 basket -"),
            ("lines[0].discount", "250.00", "0.01"),
            ("lines[0].total_excl_tax", "250.00", "499.99"),
            ("lines[0].total_incl_tax", "250.00", "499.99"),
            ("total_discount", "250.00", "0.01"),
            ("total_excl_tax", "250.00", "499.99"),
            ("total_incl_tax", "250.00", "499.99"),
        ],
    },
    Difference {
        case: "tax-known-excl-setting",
        why: "A discount is worked out on the base that it is taken off.",
        figures: &[
            ("applications[0]", "o1 ×1 4.80 basket -", "o1 ×1 4.00 basket -"),
            ("lines[0].discount", "4.80", "4.00"),
            ("lines[0].total_excl_tax", "15.20", "16.00"),
            ("lines[0].total_incl_tax", "18.24", "19.20"),
            ("total_discount", "4.80", "4.00"),
            ("total_excl_tax", "15.20", "16.00"),
            ("total_incl_tax", "18.24", "19.20"),
            ("total_tax", "3.04", "3.20"),
        ],
    },
    Difference {
        case: "tax-offer-incl",
        why: "Prices are shown in whole pennies and multiplied; the lines decide.",
        figures: &[
            ("total_incl_tax", "31.96", "31.97"),
            ("total_incl_tax_before", "41.96", "41.97"),
            ("total_tax", "5.32", "5.33"),
        ],
    },
    Difference {
        case: "tax-offer-excl",
        why: "The total with tax is the sum of the lines with tax.",
        figures: &[("total_incl_tax_before", "41.96", "41.97")],
    },
];
