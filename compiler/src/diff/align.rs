//! Two lists beside each other.

/// Where what differs is longer than so many pairs, it is not searched for what is common.
const MOST_PAIRS: usize = 4_000_000;

/// What a layer is, and of which kind.
type Key = (&'static str, String);

/// Pairs of indices in order; what only one list has is alone. Pairs with different texts are of one kind.
pub(super) fn align(a: &[Key], b: &[Key]) -> Vec<(Option<usize>, Option<usize>)> {
    let front = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let back = a[front..].iter().rev().zip(b[front..].iter().rev()).take_while(|(a, b)| a == b).count();
    let (end_a, end_b) = (a.len() - back, b.len() - back);
    let mut common: Vec<(usize, usize)> = (0..front).map(|i| (i, i)).collect();
    common.extend(longest(&a[front..end_a], &b[front..end_b]).into_iter().map(|(i, j)| (i + front, j + front)));
    common.extend((0..back).map(|i| (end_a + i, end_b + i)));
    let mut pairs = Vec::new();
    let (mut i, mut j) = (0, 0);
    for (next_i, next_j) in common.into_iter().chain([(a.len(), b.len())]) {
        between(a, b, (i, next_i), (j, next_j), &mut pairs);
        if next_i < a.len() {
            pairs.push((Some(next_i), Some(next_j)));
        }
        (i, j) = (next_i + 1, next_j + 1);
    }
    pairs
}

/// The longest common subsequence.
fn longest(a: &[Key], b: &[Key]) -> Vec<(usize, usize)> {
    if a.len().saturating_mul(b.len()) > MOST_PAIRS {
        return Vec::new();
    }
    let columns = b.len() + 1;
    let mut lengths = vec![0u32; (a.len() + 1) * columns];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            lengths[i * columns + j] = match a[i] == b[j] {
                true => lengths[(i + 1) * columns + j + 1] + 1,
                false => lengths[(i + 1) * columns + j].max(lengths[i * columns + j + 1]),
            };
        }
    }
    let (mut i, mut j, mut common) = (0, 0, Vec::new());
    while i < a.len() && j < b.len() {
        if a[i] == b[j] {
            common.push((i, j));
            (i, j) = (i + 1, j + 1);
        } else if lengths[(i + 1) * columns + j] >= lengths[i * columns + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    common
}

/// What stands between two common ones: those of one kind beside each other, in order.
fn between(
    a: &[Key],
    b: &[Key],
    (mut i, end_i): (usize, usize),
    (start_j, end_j): (usize, usize),
    pairs: &mut Vec<(Option<usize>, Option<usize>)>,
) {
    let mut j = start_j;
    while i < end_i {
        match (j..end_j).find(|other| b[*other].0 == a[i].0) {
            Some(found) => {
                pairs.extend((j..found).map(|added| (None, Some(added))));
                pairs.push((Some(i), Some(found)));
                j = found + 1;
            }
            None => pairs.push((Some(i), None)),
        }
        i += 1;
    }
    pairs.extend((j..end_j).map(|added| (None, Some(added))));
}
