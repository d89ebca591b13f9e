//! Colours that people who see colours differently can tell apart, on light and on dark paper.

/// One pair a series, for light and for dark paper. The first eight are told apart by all eyes (tests/figures.rs), neighbours differ in
/// lightness for print in grey, and lines differ in their dashes as well.
pub const SERIES: [(&str, &str); 10] = [
    ("#0e50a7", "#609cfa"),
    ("#f2881c", "#ffb14b"),
    ("#008e4d", "#19cd78"),
    ("#b91679", "#de6cbd"),
    ("#2bb4da", "#a3dbed"),
    ("#682804", "#c9802d"),
    ("#9180f2", "#b4b1fa"),
    ("#cc2911", "#f87c60"),
    ("#8a9a1b", "#c9d65a"),
    ("#4a5360", "#aeb8c4"),
];

/// Dashes of a series' line: on, off, … in pixels.
pub const DASHES: [&str; 5] = ["", "7 3", "2 3", "9 3 2 3", "4 4"];

/// From dark and low to light and high: viridis (van der Walt and Smith 2015).
const RISING: [u32; 9] = [0x440154, 0x472d7b, 0x3b528b, 0x2c728e, 0x21918c, 0x28ae80, 0x5ec962, 0xaddc30, 0xfde725];

/// From red through white to blue: negative to positive, as Yoon et al. have it (ColorBrewer's RdBu).
const DIVERGING: [u32; 9] = [0xb2182b, 0xd6604d, 0xf4a582, 0xfddbc7, 0xf7f7f7, 0xd1e5f0, 0x92c5de, 0x4393c3, 0x2166ac];

/// A colour for a value from 0 to 1.
pub fn rising(part: f64) -> String {
    hex(between(&RISING, part))
}

/// A colour for a value from -1 to 1.
pub fn diverging(part: f64) -> String {
    hex(between(&DIVERGING, (part + 1.0) / 2.0))
}

/// Whether dark text is legible on [`rising`].
pub fn is_light(part: f64) -> bool {
    let [r, g, b] = between(&RISING, part);
    0.299 * r + 0.587 * g + 0.114 * b > 140.0
}

fn between(anchors: &[u32; 9], part: f64) -> [f64; 3] {
    let place = part.clamp(0.0, 1.0) * 8.0;
    let low = (place.floor() as usize).min(7);
    let channel = |colour: u32, shift: u32| f64::from((colour >> shift) & 0xff);
    [16, 8, 0].map(|shift| {
        let (from, to) = (channel(anchors[low], shift), channel(anchors[low + 1], shift));
        from + (to - from) * (place - low as f64)
    })
}

fn hex([r, g, b]: [f64; 3]) -> String {
    format!("#{:02x}{:02x}{:02x}", r.round() as u8, g.round() as u8, b.round() as u8)
}

/// The style sheet of every figure.
pub fn style() -> String {
    let classes = |dark: bool| {
        let pick = |(light, night): &(&str, &str)| if dark { night.to_string() } else { light.to_string() };
        let series = SERIES.iter().enumerate().map(|(i, pair)| format!(".s{i}{{stroke:{0}}}.f{i}{{fill:{0}}}", pick(pair)));
        let other = if dark { DARK } else { LIGHT };
        other.to_string() + &series.collect::<String>()
    };
    format!("{}@media (prefers-color-scheme:dark){{{}}}", classes(false), classes(true))
}

const LIGHT: &str = ".paper{fill:#fff}.ink{fill:#1c2430}.muted{fill:#5f6b7a}.grid{stroke:#e7eaee}.axis{stroke:#aab2bd}\
                     .rule{stroke:#1c2430}.empty{fill:#f1f3f5}.edge{stroke:#fff}";
const DARK: &str = ".paper{fill:#15181d}.ink{fill:#e8ebef}.muted{fill:#9aa5b3}.grid{stroke:#2b3038}.axis{stroke:#596270}\
                    .rule{stroke:#e8ebef}.empty{fill:#20252c}.edge{stroke:#15181d}";
