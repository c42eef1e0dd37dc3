//! Colours: the colourways that goods come in, and what a figure takes from them.

/// Red, green, blue and how much hides what is below.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Colour {
    rgba: [u8; 4],
}

pub(super) const WHITE: Colour = Colour::of(0xff_fd_f8);
pub(super) const INK: Colour = Colour::of(0x2a_22_2e);
pub(super) const WOOD: Colour = Colour::of(0xc0_95_66);
pub(super) const DARK_WOOD: Colour = Colour::of(0x7a_51_35);
pub(super) const STEEL: Colour = Colour::of(0xc3_c8_cb);
pub(super) const BRASS: Colour = Colour::of(0xc9_a0_5a);
pub(super) const TEA: Colour = Colour::of(0xb8_66_2a);
pub(super) const COFFEE: Colour = Colour::of(0x3d_24_18);
pub(super) const PAPER: Colour = Colour::of(0xfb_f6_ec);

impl Colour {
    /// From `0xrrggbb`.
    pub(super) const fn of(rgb: u32) -> Self {
        let [_, r, g, b] = rgb.to_be_bytes();
        Self { rgba: [r, g, b, 255] }
    }

    pub(super) fn channels(self) -> [u8; 4] {
        self.rgba
    }

    /// So much of the other, 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "between two bytes lies a byte")]
    pub(super) fn mix(self, other: Self, share: f32) -> Self {
        let share = share.clamp(0.0, 1.0);
        let mut rgba = self.rgba;
        for (channel, target) in rgba.iter_mut().zip(other.rgba) {
            *channel = (f32::from(*channel) + (f32::from(target) - f32::from(*channel)) * share).round() as u8;
        }
        Self { rgba }
    }

    pub(super) fn lighter(self, share: f32) -> Self {
        self.mix(WHITE, share)
    }

    /// Towards ink, but keeping some of its own colour so that shade is not grey.
    pub(super) fn darker(self, share: f32) -> Self {
        self.mix(INK.mix(self, 0.25), share)
    }

    /// Hides so much of what is below, 0 to 1.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0 to 255")]
    pub(super) fn alpha(self, share: f32) -> Self {
        let [r, g, b, _] = self.rgba;
        Self { rgba: [r, g, b, (share.clamp(0.0, 1.0) * 255.0).round() as u8] }
    }

    /// How light it looks, 0 to 1.
    pub(super) fn luminance(self) -> f32 {
        let [r, g, b, _] = self.rgba.map(f32::from);
        (r * 0.3 + g * 0.59 + b * 0.11) / 255.0
    }

    /// Of two, the one that stands out more against this.
    pub(super) fn contrast(self, one: Self, other: Self) -> Self {
        let distance = |colour: Self| (colour.luminance() - self.luminance()).abs();
        if distance(one) < distance(other) { other } else { one }
    }
}

/// A family of colours that go together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Colourway {
    name: &'static str,
    /// The room.
    backdrop: Colour,
    /// The thing.
    base: Colour,
    /// Its pattern.
    accent: Colour,
    /// Colourways of what stands beside it.
    company: [&'static str; 2],
}

const fn way(name: &'static str, [backdrop, base, accent]: [u32; 3], company: [&'static str; 2]) -> Colourway {
    Colourway { name, backdrop: Colour::of(backdrop), base: Colour::of(base), accent: Colour::of(accent), company }
}

impl Colourway {
    pub(super) const ALL: &'static [Self] = &[
        way("celadon", [0xdf_ea_e1, 0xa3_c6_b1, 0x4f_77_66], ["oat", "forest"]),
        way("indigo", [0xdd_e3_f0, 0x35_48_75, 0xe3_d3_b2], ["white", "sky"]),
        way("terracotta", [0xf6_e4_d6, 0xc6_6f_4a, 0xf3_df_c8], ["oat", "sage"]),
        way("oat", [0xf0_e6_d6, 0xe9_dc_c4, 0x9c_74_4d], ["terracotta", "celadon"]),
        way("charcoal", [0xe3_e1_dd, 0x42_41_47, 0xd0_aa_6c], ["oat", "slate"]),
        way("blush", [0xf7_e4_df, 0xe5_b4_a8, 0xa0_50_4a], ["cream", "plum"]),
        way("sage", [0xe6_ec_dc, 0x95_a7_80, 0xf4_ed_da], ["cream", "terracotta"]),
        way("saffron", [0xfa_ee_d0, 0xe2_a9_36, 0x86_45_1d], ["white", "rust"]),
        way("plum", [0xef_e2_ea, 0x70_40_60, 0xe9_c6_b4], ["blush", "oat"]),
        way("teal", [0xd9_ea_e9, 0x2f_7a_7d, 0xf3_db_af], ["sky", "cream"]),
        way("slate", [0xe1_e7_ec, 0x6b_7e_8c, 0xec_e0_cb], ["white", "charcoal"]),
        way("copper", [0xf6_e6_da, 0xbd_74_4c, 0x4c_3a_34], ["cream", "charcoal"]),
        way("rust", [0xf6_e2_d5, 0xa1_46_28, 0xf2_cb_8a], ["saffron", "oat"]),
        way("cream", [0xe9_e2_d3, 0xf8_f1_e2, 0x76_8b_76], ["sage", "copper"]),
        way("midnight", [0xd9_de_ea, 0x22_2d_4a, 0xcf_b8_80], ["slate", "cream"]),
        way("forest", [0xde_e9_df, 0x2f_5b_44, 0xe9_da_b0], ["celadon", "cream"]),
        way("cherry", [0xf8_e0_de, 0xb5_2c_3d, 0xf6_dc_d0], ["white", "blush"]),
        way("sky", [0xdb_ea_f4, 0x87_b5_d4, 0xf8_f1_e3], ["white", "indigo"]),
        way("steel", [0xe4_e8_e9, 0xb9_c0_c4, 0x3f_47_4d], ["slate", "white"]),
        way("white", [0xe0_e5_e3, 0xf7_f5_f0, 0x3a_5c_80], ["indigo", "celadon"]),
        way("olive", [0xec_eb_d4, 0x7f_7d_3f, 0xf1_e4_c2], ["cream", "forest"]),
        way("cocoa", [0xef_e3_d9, 0x5c_3b_2b, 0xe9_ca_a0], ["cream", "copper"]),
        way("jade", [0xd8_ec_e2, 0x3f_93_75, 0xf2_ea_cf], ["celadon", "white"]),
        way("lavender", [0xea_e5_f3, 0x9e_8c_c4, 0xf5_e9_cb], ["plum", "white"]),
        way("honey", [0xfb_ec_cc, 0xd8_92_2e, 0xfb_f0_d8], ["cream", "cocoa"]),
    ];

    #[cfg(test)]
    pub(super) fn name(self) -> &'static str {
        self.name
    }

    pub(super) fn find(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|way| way.name == name)
    }

    /// What stands beside it, itself again after two.
    pub(super) fn companion(self, number: u32) -> Self {
        let name = match number % 3 {
            1 => self.company[0],
            2 => self.company[1],
            _ => self.name,
        };
        Self::find(name).unwrap_or(self)
    }
}

/// What a figure is drawn in.
#[derive(Clone, Debug)]
pub(super) struct Look {
    pub(super) backdrop: Colour,
    pub(super) base: Colour,
    pub(super) accent: Colour,
    pub(super) variation: u32,
    state: u64,
}

impl Look {
    pub(super) fn new(way: Colourway, variation: u32, chance: u64) -> Self {
        Self { backdrop: way.backdrop, base: way.base, accent: way.accent, variation, state: chance }
    }

    /// The next number of a row that follows from the seed, between the two.
    #[expect(clippy::cast_precision_loss, reason = "24 bits fit")]
    pub(super) fn between(&mut self, low: f32, high: f32) -> f32 {
        // SplitMix64.
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^= mixed >> 31;
        low + (high - low) * ((mixed >> 40) as f32 / 16_777_216.0)
    }
}
