//! "A similar name exists."

use super::alias::ALIASES;

/// Fewest letters that tell what a word is the beginning of.
const LEAST_PREFIX: usize = 3;

/// Fewest letters of a word in which one may be wrong without a doubt about the others.
const LEAST_MISSPELT: usize = 4;

/// What an unknown word may have been meant to be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Meant<'a> {
    /// This one, misspelt, so surely that it may be put in place.
    Name(&'a str),
    /// This one, by the name it has elsewhere.
    Called(&'a str),
    /// Perhaps this one: similar, or longer or shorter.
    Perhaps(&'a str),
    /// What is written with more than one word.
    Written(&'static str),
}

/// What `word` was most likely meant to be among `candidates`.
pub fn meant<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Meant<'a>> {
    let candidates: Vec<&str> = candidates.into_iter().collect();
    let find = |name: &str| candidates.iter().copied().find(|candidate| *candidate == name);
    if let Some((_, here)) = ALIASES.iter().find(|(elsewhere, _)| elsewhere.eq_ignore_ascii_case(word)) {
        match here.split_once(' ') {
            None if find(here).is_some() => return find(here).map(Meant::Called),
            Some((first, _)) if find(first).is_some() => return Some(Meant::Written(here)),
            _ => {}
        }
    }
    near(word, &candidates).or_else(|| by_beginning(word, &candidates).map(Meant::Perhaps))
}

/// The candidate nearest to `word`, if any is near, and whether it is surely the one that was meant.
pub fn near<'a>(word: &str, candidates: &[&'a str]) -> Option<Meant<'a>> {
    let name = similar(word, candidates.iter().copied())?;
    Some(if is_certain(word, name, candidates) { Meant::Name(name) } else { Meant::Perhaps(name) })
}

/// The only candidate that `word` begins, or that begins `word`.
fn by_beginning<'a>(word: &str, candidates: &[&'a str]) -> Option<&'a str> {
    let begins = |short: &str, long: &str| short.len() >= LEAST_PREFIX && short != long && long.starts_with(short);
    let mut fitting = candidates.iter().copied().filter(|candidate| begins(word, candidate) || begins(candidate, word));
    fitting.next().filter(|_| fitting.next().is_none())
}

/// Names that mean something of their own elsewhere: who writes one of them has not misspelt another, however near it is.
const ELSEWHERE: &[&str] = &[
    "acos", "asin", "atan", "celu", "cosh", "gelu", "glu", "maxout", "mish", "mse", "prelu", "relu6", "rrelu", "selu", "silu",
    "sinc", "sinh", "softmax", "softmin", "tanh",
];

/// Whether nobody could mean another: the same but for case, or one slip in a word of some length, with the same digits, that is nearer
/// to this name than to any other.
fn is_certain(word: &str, name: &str, candidates: &[&str]) -> bool {
    let (far, digits) = (distance(word, name), |word: &str| -> String { word.chars().filter(char::is_ascii_digit).collect() });
    let as_near = candidates.iter().filter(|other| **other != name && distance(word, other) <= far).count();
    let slip = far == 0 || (far == 1 && word.chars().count() >= LEAST_MISSPELT && !ELSEWHERE.contains(&word));
    slip && as_near == 0 && digits(word) == digits(name)
}

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
    use super::{Meant, meant, similar};

    #[test]
    fn near_names_are_found_and_far_ones_are_not() {
        assert_eq!(similar("swihs", ["relu", "swish"]), Some("swish"));
        assert_eq!(similar("ReLU", ["relu", "elu"]), Some("relu"));
        assert_eq!(similar("gelu", ["elu", "swish"]), Some("elu"));
        assert_eq!(similar("convolution", ["conv", "dense"]), None);
        assert_eq!(similar("x", ["y"]), None);
        assert_eq!(similar("X", ["x"]), Some("x"));
    }

    #[test]
    fn words_from_elsewhere_are_understood() {
        let heads = ["conv", "dense", "pool", "norm", "act"];
        assert_eq!(meant("linear", heads), Some(Meant::Called("dense")));
        assert_eq!(meant("MaxPool", heads), Some(Meant::Written("pool max")));
        assert_eq!(meant("convolution", heads), Some(Meant::Perhaps("conv")));
        assert_eq!(meant("linear", ["relu", "sin"]), None);
        assert_eq!(meant("sig", ["sigmoid", "sign"]), Some(Meant::Perhaps("sign")));
        assert_eq!(meant("soft", ["softplus", "softsign"]), None);
    }

    #[test]
    fn only_what_is_certain_is_put_in_place() {
        for (word, candidates, name) in [
            ("swihs", &["relu", "swish"][..], "swish"),
            ("dens", &["dense", "conv"], "dense"),
            ("ReLU", &["relu", "elu"], "relu"),
        ] {
            assert_eq!(meant(word, candidates.iter().copied()), Some(Meant::Name(name)));
        }
        for (word, candidates, name) in [
            ("selu", &["elu", "relu"][..], "elu"),
            ("relu6", &["relu"], "relu"),
            ("stage2", &["stage1"], "stage1"),
            ("sinh", &["sin"], "sin"),
            ("conx", &["conv", "cone"], "conv"),
            ("swsh2", &["swish"], "swish"),
        ] {
            let near = meant(word, candidates.iter().copied());
            assert!(near.is_none() || near == Some(Meant::Perhaps(name)), "{word}: {near:?}");
        }
    }
}
