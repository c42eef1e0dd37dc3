//! The words that generated products are named and described with: English beside German.

/// Groups of four things each: English, then German.
pub(super) const AREAS: [([&str; 2], [[&str; 2]; 4]); 15] = [
    (
        ["Drinking", "Trinken"],
        [["mug", "Becher"], ["cup", "Tasse"], ["beaker", "Trinkbecher"], ["tumbler", "Trinkglas"]],
    ),
    (["Pouring", "Gießen"], [["teapot", "Teekanne"], ["kettle", "Kessel"], ["jug", "Krug"], ["decanter", "Karaffe"]]),
    (
        ["Brewing", "Brühen"],
        [["dripper", "Handfilter"], ["press", "Pressstempel"], ["infuser", "Teesieb"], ["moka pot", "Herdkännchen"]],
    ),
    (
        ["Plates", "Teller"],
        [["plate", "Teller"], ["saucer", "Untertasse"], ["platter", "Platte"], ["cake stand", "Tortenständer"]],
    ),
    (["Bowls", "Schalen"], [["bowl", "Schale"], ["ramekin", "Förmchen"], ["basin", "Schüssel"], ["tureen", "Terrine"]]),
    (
        ["Knives and spoons", "Besteck"],
        [["spoon", "Löffel"], ["ladle", "Kelle"], ["knife set", "Messerset"], ["cake fork", "Kuchengabel"]],
    ),
    (
        ["Storage", "Vorrat"],
        [["canister", "Vorratsdose"], ["jar", "Schraubglas"], ["crate", "Kiste"], ["bread bin", "Brotkasten"]],
    ),
    (
        ["Linen", "Textilien"],
        [["tea towel", "Geschirrtuch"], ["napkin", "Serviette"], ["apron", "Schürze"], ["runner", "Tischläufer"]],
    ),
    (
        ["Baking", "Backen"],
        [["cake tin", "Kuchenform"], ["whisk", "Schneebesen"], ["rolling pin", "Nudelholz"], ["sieve", "Sieb"]],
    ),
    (
        ["Cooking", "Kochen"],
        [["saucepan", "Stielkasserolle"], ["skillet", "Pfanne"], ["casserole", "Bräter"], ["steamer", "Dämpfer"]],
    ),
    (
        ["Grinding", "Mahlen"],
        [["grinder", "Mühle"], ["mortar", "Mörser"], ["grater", "Reibe"], ["pepper mill", "Pfeffermühle"]],
    ),
    (
        ["Travel", "Reise"],
        [
            ["flask", "Isolierflasche"],
            ["lunch box", "Brotdose"],
            ["travel mug", "Reisebecher"],
            ["cool bag", "Kühltasche"],
        ],
    ),
    (
        ["Light", "Licht"],
        [["candle", "Kerze"], ["lantern", "Laterne"], ["candlestick", "Kerzenständer"], ["lamp", "Lampe"]],
    ),
    (
        ["Boards", "Bretter"],
        [
            ["tray", "Tablett"],
            ["chopping board", "Schneidebrett"],
            ["trivet", "Untersetzer"],
            ["cheese board", "Käsebrett"],
        ],
    ),
    (
        ["Paper", "Papier"],
        [
            ["notebook", "Notizbuch"],
            ["recipe card", "Rezeptkarte"],
            ["calendar", "Kalender"],
            ["gift box", "Geschenkschachtel"],
        ],
    ),
];
/// Lines of each thing, one category each.
pub(super) const LINES: [[&str; 2]; 4] =
    [["Everyday", "Alltag"], ["Workshop", "Werkstatt"], ["Compact", "Kompakt"], ["Festive", "Festlich"]];
/// Colours.
pub(super) const COLOURS: [[&str; 2]; 16] = [
    ["celadon", "seladon"],
    ["indigo", "indigo"],
    ["oat", "hafer"],
    ["charcoal", "anthrazit"],
    ["blush", "rosé"],
    ["sage", "salbei"],
    ["saffron", "safran"],
    ["plum", "pflaume"],
    ["teal", "petrol"],
    ["slate", "schiefer"],
    ["rust", "rost"],
    ["cream", "creme"],
    ["forest", "waldgrün"],
    ["cherry", "kirschrot"],
    ["sky", "himmelblau"],
    ["honey", "honig"],
];
/// Materials.
pub(super) const MATERIALS: [[&str; 2]; 12] = [
    ["stoneware", "Steinzeug"],
    ["porcelain", "Porzellan"],
    ["glass", "Glas"],
    ["steel", "Stahl"],
    ["copper", "Kupfer"],
    ["oak", "Eiche"],
    ["walnut", "Nussbaum"],
    ["bamboo", "Bambus"],
    ["linen", "Leinen"],
    ["cotton", "Baumwolle"],
    ["enamel", "Emaille"],
    ["cast-iron", "Gusseisen"],
];
/// Features, of which a product has several.
pub(super) const FEATURES: [[&str; 2]; 8] = [
    ["dishwasher safe", "spülmaschinenfest"],
    ["oven proof", "ofenfest"],
    ["stackable", "stapelbar"],
    ["leakproof", "auslaufsicher"],
    ["handmade", "handgemacht"],
    ["recycled", "aus Recycling"],
    ["repairable", "reparierbar"],
    ["gift boxed", "im Geschenkkarton"],
];
/// Who made it.
pub(super) const WORKSHOPS: [&str; 24] = [
    "Aldermoor",
    "Brackwater",
    "Calder",
    "Dunmore",
    "Eastlight",
    "Fenwick",
    "Garrick",
    "Hollin",
    "Inverley",
    "Juniper",
    "Kestrel",
    "Larkrise",
    "Marlow",
    "Northgate",
    "Oakhanger",
    "Pendle",
    "Quarry",
    "Rookhope",
    "Saltmarsh",
    "Thornbury",
    "Underhill",
    "Vale",
    "Wexcombe",
    "Yarrow",
];

/// The invented word of a rank, different for each: two to four syllables, the common ones short.
pub(super) fn word(rank: usize) -> String {
    const ONSETS: [&str; 16] = ["b", "br", "d", "f", "g", "h", "k", "l", "m", "n", "p", "r", "s", "st", "t", "w"];
    const RIMES: [&str; 12] = ["a", "en", "or", "i", "al", "u", "ess", "o", "im", "ar", "ei", "un"];
    const SYLLABLES: usize = ONSETS.len() * RIMES.len();
    let mut text = String::new();
    // Syllables are the digits of the rank; 97 turns neighbours into words that do not look alike.
    let mut rest = rank + SYLLABLES;
    while rest > 0 {
        let syllable = (rest % SYLLABLES) * 97 % SYLLABLES;
        text.push_str(ONSETS[syllable / RIMES.len()]);
        text.push_str(RIMES[syllable % RIMES.len()]);
        rest /= SYLLABLES;
    }
    text
}
