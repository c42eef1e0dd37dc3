//! Seeds: what a picture's name asks for.

use super::colour::{Colourway, Look};

/// Longest seed that is read, in characters.
pub const SEED_CHARS_MAX: usize = 120;
/// Most things on one banner.
const BANNER_KINDS_MAX: usize = 5;

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident $name:literal)*) => {
        /// A thing that can be drawn.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Kind {$($(#[$doc])* $kind,)*}

        impl Kind {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$kind,)*];

            /// Its word in a seed.
            pub fn name(self) -> &'static str {
                match self {$(Self::$kind => $name,)*}
            }
        }
    };
}

kinds! {
    /// A mug with a handle.
    Mug "mug"
    /// A small beaker without a handle.
    Beaker "beaker"
    /// A cup on its saucer.
    Cup "cup"
    /// A teapot with spout and lid.
    Teapot "teapot"
    /// A Japanese side-handled pot.
    Kyusu "kyusu"
    /// A lidded cup on a saucer.
    Gaiwan "gaiwan"
    /// A glass jug.
    Server "server"
    /// A coffee press.
    Cafetiere "cafetiere"
    /// A stove-top coffee maker.
    Moka "moka"
    /// A coffee filter holder on a jug.
    Dripper "dripper"
    /// A gooseneck kettle.
    Kettle "kettle"
    /// A hand grinder.
    Grinder "grinder"
    /// A tea tin.
    Tin "tin"
    /// A pouch of tea.
    Pouch "pouch"
    /// A bag of coffee.
    CoffeeBag "coffee"
    /// A jar of spice.
    Jar "jar"
    /// A bowl of loose leaves.
    Leaves "leaves"
    /// A bowl of coffee beans.
    Beans "beans"
    /// A bowl of ground spice.
    Powder "powder"
    /// A folded tea towel.
    Towel "towel"
    /// An apron.
    Apron "apron"
    /// Rolled and folded napkins.
    Napkins "napkins"
    /// A tablecloth or runner on a table.
    Runner "runner"
    /// A vacuum flask.
    Flask "flask"
    /// A travel mug.
    Tumbler "tumbler"
    /// A tea infuser.
    Infuser "infuser"
    /// A bamboo whisk.
    Whisk "whisk"
    /// A scoop.
    Scoop "scoop"
    /// A wooden tray.
    Tray "tray"
    /// A book.
    Book "book"
    /// A digital guide on a tablet.
    Guide "guide"
    /// A gift box.
    Gift "gift"
}

/// How a thing is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum View {
    /// By itself.
    Front,
    /// From near by.
    Detail,
    /// On a laid table, with what belongs to it.
    Table,
}

/// What a seed says, nothing missing.
#[derive(Clone, Debug)]
pub(super) struct Seed {
    subject: Subject,
    colourway: Colourway,
    /// Chooses patterns and details; the number itself where the seed has one.
    variation: u32,
    hash: u64,
}

/// What the picture shows.
#[derive(Clone, Debug)]
pub(super) enum Subject {
    One(Kind, View),
    Banner(Vec<Kind>),
}

impl Seed {
    pub(super) fn read(raw: &str) -> Self {
        let text: String = raw.chars().take(SEED_CHARS_MAX).collect::<String>().to_lowercase();
        let mut parts = text.split(':').map(str::trim);
        let [first, second, third, fourth] = [(); 4].map(|()| parts.next().unwrap_or_default());
        // Views of one thing share its pattern, so the fourth part is not hashed.
        let hash = hash(&[first, second, third]);
        let subject = if first == "banner" {
            Subject::Banner(banner_kinds(fourth, hash))
        } else {
            Subject::One(kind(first).unwrap_or_else(|| pick(Kind::ALL, hash)), view(fourth))
        };
        let colourway = Colourway::find(second).unwrap_or_else(|| pick(Colourway::ALL, hash >> 8));
        let variation = third.parse().unwrap_or_else(|_| u32::from(hash.to_le_bytes()[3]));
        Self { subject, colourway, variation, hash }
    }

    /// Whether every word of the seed says something.
    pub(super) fn is_known(raw: &str) -> bool {
        let parts: Vec<&str> = raw.split(':').collect();
        let things = match parts.as_slice() {
            ["banner", _, _] => true,
            ["banner", _, _, things] => things.split('+').all(|name| kind(name).is_some()),
            [name, _, _] | [name, _, _, "detail" | "table"] => kind(name).is_some(),
            _ => false,
        };
        let [way, number] = [1, 2].map(|place| parts.get(place).copied().unwrap_or_default());
        things && Colourway::find(way).is_some() && number.parse::<u32>().is_ok()
    }

    pub(super) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        match self.subject {
            Subject::One(kind, _) => Some(kind),
            Subject::Banner(_) => None,
        }
    }

    /// Colours and chance of the main figure.
    pub(super) fn look(&self) -> Look {
        Look::new(self.colourway, self.variation, self.hash)
    }

    /// The same for the figure beside it with this number: related colours, its own pattern. Goods that grow keep the
    /// colour that they grow in.
    pub(super) fn companion(&self, number: u32, kind: Kind) -> Look {
        let grown = match kind {
            Kind::Beans => Some("cocoa"),
            Kind::Leaves => Some(if self.variation.is_multiple_of(2) { "forest" } else { "olive" }),
            Kind::Powder | Kind::Jar => Some(if number.is_multiple_of(2) { "rust" } else { "saffron" }),
            _ => None,
        };
        let other = grown.and_then(Colourway::find).unwrap_or_else(|| self.colourway.companion(number));
        Look::new(other, self.variation.wrapping_add(number), self.hash.rotate_left(number % 64) ^ u64::from(number))
    }
}

fn kind(name: &str) -> Option<Kind> {
    Kind::ALL.iter().copied().find(|kind| kind.name() == name)
}

fn view(name: &str) -> View {
    match name {
        "detail" => View::Detail,
        "table" => View::Table,
        _ => View::Front,
    }
}

fn banner_kinds(list: &str, hash: u64) -> Vec<Kind> {
    let named: Vec<Kind> = list.split('+').filter_map(kind).take(BANNER_KINDS_MAX).collect();
    if !named.is_empty() {
        return named;
    }
    const SETS: [[Kind; 4]; 3] = [
        [Kind::Tin, Kind::Teapot, Kind::Cup, Kind::Leaves],
        [Kind::CoffeeBag, Kind::Dripper, Kind::Mug, Kind::Beans],
        [Kind::Kettle, Kind::Kyusu, Kind::Beaker, Kind::Tin],
    ];
    pick(&SETS, hash >> 16).to_vec()
}

/// One of a list that is not empty.
fn pick<T: Copy>(list: &[T], hash: u64) -> T {
    let length = u64::try_from(list.len()).unwrap_or(1).max(1);
    list[usize::try_from(hash % length).unwrap_or_default()]
}

/// FNV-1a: sameness is all that is asked of it.
fn hash(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}
