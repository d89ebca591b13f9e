//! "A similar name exists."

/// The candidate that `word` was most likely meant to be, if any is near: the same but for case, or within a third of its letters.
pub fn similar<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let limit = word.chars().count() / 3;
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates.into_iter().filter(|candidate| *candidate != word) {
        let distance = distance(word, candidate);
        if distance <= limit && best.is_none_or(|(nearest, _)| distance < nearest) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn distance(word: &str, candidate: &str) -> usize {
    if word.eq_ignore_ascii_case(candidate) {
        return 0;
    }
    if word.len() > 64 {
        return usize::MAX; // no name is that long, and the distance is quadratic
    }
    strsim::damerau_levenshtein(word, candidate)
}

#[cfg(test)]
mod tests {
    use super::similar;

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(similar("swihs", ["relu", "swish"]), Some("swish"));
        assert_eq!(similar("ReLU", ["relu", "elu"]), Some("relu"));
        assert_eq!(similar("gelu", ["elu", "swish"]), Some("elu"));
        assert_eq!(similar("convolution", ["conv", "dense"]), None);
        assert_eq!(similar("x", ["y"]), None);
        assert_eq!(similar("X", ["x"]), Some("x"));
    }
}
