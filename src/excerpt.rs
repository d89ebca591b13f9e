//! A text made fit to be shown: no control characters, no endless lines.

use std::ops::Range;

/// A line longer than this is cut to what stands round its first label, in bytes.
const LONGEST: usize = 400;
/// How much is kept before and behind that place.
const ROUND: usize = 120;

/// `text` for the terminal, and where `ranges` of it are now. Lines keep their numbers.
pub fn excerpt(text: &str, ranges: &[Range<usize>]) -> (String, Vec<Range<usize>>) {
    let mut shown = String::with_capacity(text.len());
    let mut moved: Vec<Range<usize>> = vec![0..0; ranges.len()];
    let mut start = 0;
    for line in text.split_inclusive('\n') {
        let end = start + line.len();
        let here = |place: usize| (start..end).contains(&place) || (place == end && end == text.len());
        let first = ranges.iter().map(|range| range.start).find(|place| here(*place)).unwrap_or(start);
        let kept = if line.len() > LONGEST { window(line, first - start) } else { 0..line.len() };
        let place_of = |place: usize| shown.len() + (place - start).clamp(kept.start, kept.end) - kept.start;
        for (range, moved) in ranges.iter().zip(&mut moved) {
            if here(range.start) {
                moved.start = place_of(range.start);
            }
            if here(range.end) {
                moved.end = place_of(range.end);
            }
        }
        line[kept.clone()].chars().for_each(|c| shown.push_str(&plain(c)));
        if kept.end < line.len() && line.ends_with('\n') {
            shown.push('\n');
        }
        start = end;
    }
    (shown, moved)
}

/// A window round `place`, between characters.
fn window(line: &str, place: usize) -> Range<usize> {
    let floor = |mut i: usize| {
        while !line.is_char_boundary(i) {
            i -= 1;
        }
        i
    };
    floor(place.saturating_sub(ROUND))..floor((place + ROUND).min(line.trim_end_matches(['\n', '\r']).len()))
}

/// A character as it may go to a terminal; as many bytes as it had, so that places stay.
fn plain(c: char) -> String {
    match c {
        '\n' | '\t' | '\r' => c.to_string(),
        c if c.is_control() => "?".repeat(c.len_utf8()),
        c => c.to_string(),
    }
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)] // one label is a list of one range
mod tests {
    use super::excerpt;

    #[test]
    fn short_texts_stay() {
        assert_eq!(excerpt("net a {\n}\n", &[4..5, 10..10]), ("net a {\n}\n".to_string(), vec![4..5, 10..10]));
    }

    #[test]
    fn control_characters_go_and_places_stay() {
        assert_eq!(excerpt("a\u{1b}[31mb\u{85}c", &[6..7]).0, "a?[31mb??c");
    }

    #[test]
    fn a_long_line_is_cut_round_its_label() {
        let text = format!("first\n{}HERE{}\nlast", "é".repeat(5_000), "y".repeat(5_000));
        let place = text.find("HERE").unwrap();
        let (shown, moved) = excerpt(&text, &[place..place + 4]);
        assert!(shown.len() < 300, "{}", shown.len());
        assert_eq!(&shown[moved[0].clone()], "HERE");
        assert_eq!(shown.lines().count(), 3);
    }

    #[test]
    fn a_label_that_runs_out_of_the_window_ends_with_it() {
        let text = "x".repeat(10_000);
        let (shown, moved) = excerpt(&text, &[0..10_000]);
        assert_eq!(moved[0], 0..shown.len());
    }
}
