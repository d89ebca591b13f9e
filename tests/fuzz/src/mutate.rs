//! Changes that keep most of a text well formed, so that it comes further than one with changed bytes.

use std::sync::LazyLock;

/// What a text is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Specs.
    Net,
    /// Plan files.
    Plan,
}

/// Words and lines that a text can be made of.
struct Pieces {
    words: Vec<&'static str>,
    lines: Vec<&'static str>,
}

static NET: LazyLock<Pieces> = LazyLock::new(|| Pieces {
    words: words(include_str!("../net.dict")),
    lines: [
        include_str!("../../specs/pass/everything.net"),
        include_str!("../../specs/pass/structure.net"),
        include_str!("../../../specs/prelude.net"),
        include_str!("../lines.net"),
    ]
    .into_iter()
    .flat_map(str::lines)
    .filter(|line| !line.is_empty() && !line.starts_with('#'))
    .collect(),
});

static PLAN: LazyLock<Pieces> = LazyLock::new(|| Pieces {
    words: words(include_str!("../plan.dict")),
    lines: include_str!("../plan.dict").lines().collect(),
});

/// The words of a dictionary in libFuzzer's format; those with escapes are left to libFuzzer.
fn words(dictionary: &'static str) -> Vec<&'static str> {
    let quoted = dictionary.lines().filter_map(|line| line.strip_prefix('"')?.strip_suffix('"'));
    quoted.filter(|word| !word.contains('\\')).collect()
}

const NUMBERS: [&str; 20] = [
    "0",
    "1",
    "2",
    "3",
    "4",
    "7",
    "8",
    "16",
    "32",
    "64",
    "100",
    "0.5",
    "-1",
    "1e-8",
    "1e9",
    "65536",
    "65537",
    "268435456",
    "9007199254740993",
    "18446744073709551615",
];

/// SplitMix64 (Steele et al. 2014).
pub struct Chance(pub u64);

impl Chance {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Less than `n`, which is not 0.
    fn below(&mut self, n: usize) -> usize {
        (self.next() % n as u64) as usize
    }

    fn of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

/// Changes the first `size` bytes of `data` and gives the new size; `None` leaves them to libFuzzer.
pub fn bytes(language: Language, data: &mut [u8], size: usize, max_size: usize, seed: u32) -> Option<usize> {
    let mut chance = Chance(u64::from(seed));
    let by_bytes = chance.below(4) == 0;
    let text = std::str::from_utf8(data.get(..size)?).ok().filter(|_| !by_bytes)?;
    let changed = text_of(language, text, &mut chance);
    let mut end = changed.len().min(max_size).min(data.len());
    while !changed.is_char_boundary(end) {
        end -= 1;
    }
    data[..end].copy_from_slice(&changed.as_bytes()[..end]);
    Some(end)
}

/// `text` with a few changes.
pub fn text_of(language: Language, text: &str, chance: &mut Chance) -> String {
    let pieces = match language {
        Language::Net => &NET,
        Language::Plan => &PLAN,
    };
    let mut text = text.to_string();
    for _ in 0..=chance.below(3) {
        text = if chance.below(3) == 0 { lines(&text, pieces, chance) } else { tokens(&text, pieces, chance) };
    }
    text
}

/// One line goes, comes, or moves.
fn lines(text: &str, pieces: &Pieces, chance: &mut Chance) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (from, to) = (chance.below(lines.len() + 1), chance.below(lines.len() + 1));
    let some = chance.of(&pieces.lines);
    let some = format!("{some}\n");
    match chance.below(5) {
        0 if from < lines.len() => _ = lines.remove(from),
        1 if from < lines.len() => lines.insert(to, lines[from]),
        2 if from < lines.len() && to < lines.len() => lines.swap(from, to),
        3 if from < lines.len() => lines[from] = &some,
        _ => lines.insert(to, &some),
    }
    lines.concat()
}

/// One word, number or sign goes, comes, moves, or becomes another.
fn tokens(text: &str, pieces: &Pieces, chance: &mut Chance) -> String {
    let mut tokens = split(text);
    let word = chance.of(&pieces.words);
    if tokens.is_empty() {
        return word.to_string();
    }
    let place = chance.below(tokens.len());
    let numbers: Vec<usize> =
        (0..tokens.len()).filter(|place| tokens[*place].starts_with(|c: char| c.is_ascii_digit())).collect();
    let other = chance.below(tokens.len());
    let near;
    match chance.below(8) {
        0 => _ = tokens.remove(place),
        1 => tokens.insert(place, tokens[other]),
        2 => tokens.swap(place, other),
        3 => tokens[place] = tokens[other],
        4 => tokens.insert(place, word),
        5 if !numbers.is_empty() => tokens[chance.of(&numbers)] = chance.of(&NUMBERS),
        6 if !numbers.is_empty() => {
            let place = chance.of(&numbers);
            let number: u64 = tokens[place].parse().unwrap_or(1);
            near = if chance.below(2) == 0 { number.wrapping_add(1) } else { number / 2 }.to_string();
            tokens[place] = &near;
        }
        _ => tokens[place] = word,
    }
    tokens.concat()
}

/// A text as words with their blanks, and single signs.
fn split(text: &str) -> Vec<&str> {
    let kind = |c: char| match c {
        '0'..='9' | '.' => 1,
        c if c.is_alphanumeric() || c == '_' => 2,
        ' ' => 3,
        _ => 0,
    };
    let mut tokens = Vec::new();
    let mut start = 0;
    let mut last = None;
    for (place, c) in text.char_indices() {
        if last.is_some_and(|last| last != kind(c) || last == 0) {
            tokens.push(&text[start..place]);
            start = place;
        }
        last = Some(kind(c));
    }
    tokens.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    tokens
}
