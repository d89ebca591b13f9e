//! What changes from one text to another, line by line.

use std::fmt::Write;

/// Lines shown round a change.
const CONTEXT: usize = 3;
/// Lines compared with lines; beyond, everything between the first and the last difference counts as changed.
const MOST_COMPARED: usize = 4_000_000;

/// A line of the old text, of the new, or of both; each text's number of lines before it.
#[derive(Clone, Copy)]
struct Line<'a> {
    sign: char,
    text: &'a str,
    before: (usize, usize),
}

/// A unified diff, as `patch` reads it; empty if nothing changes.
pub fn diff(name: &str, old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let lines = compare(&old.split_inclusive('\n').collect::<Vec<_>>(), &new.split_inclusive('\n').collect::<Vec<_>>());
    let mut out = format!("--- {name}\n+++ {name}\n");
    let changed: Vec<usize> = (0..lines.len()).filter(|i| lines[*i].sign != ' ').collect();
    let mut hunks: Vec<(usize, usize)> = Vec::new();
    for place in changed {
        let (start, end) = (place.saturating_sub(CONTEXT), (place + CONTEXT + 1).min(lines.len()));
        match hunks.last_mut() {
            Some(last) if start <= last.1 => last.1 = end,
            _ => hunks.push((start, end)),
        }
    }
    for (start, end) in hunks {
        let hunk = &lines[start..end];
        let count = |other: char| hunk.iter().filter(|line| line.sign != other).count();
        let (removed, added) = (count('+'), count('-'));
        let first = |before: usize, lines: usize| if lines == 0 { before } else { before + 1 };
        let (before_old, before_new) = hunk[0].before;
        let _ = writeln!(out, "@@ -{},{removed} +{},{added} @@", first(before_old, removed), first(before_new, added));
        for line in hunk {
            out.push(line.sign);
            out += line.text;
            if !line.text.ends_with('\n') {
                out += "\n\\ No newline at end of file\n";
            }
        }
    }
    out
}

/// Both texts as one list of lines.
fn compare<'a>(old: &[&'a str], new: &[&'a str]) -> Vec<Line<'a>> {
    let same_start = old.iter().zip(new).take_while(|(a, b)| a == b).count();
    let rest = (&old[same_start..], &new[same_start..]);
    let same_end = rest.0.iter().rev().zip(rest.1.iter().rev()).take_while(|(a, b)| a == b).count();
    let (a, b) = (&rest.0[..rest.0.len() - same_end], &rest.1[..rest.1.len() - same_end]);
    let mut lines: Vec<Line> = Vec::with_capacity(old.len() + b.len());
    let mut push = |sign: char, text: &'a str, at: &mut (usize, usize)| {
        lines.push(Line { sign, text, before: *at });
        at.0 += usize::from(sign != '+');
        at.1 += usize::from(sign != '-');
    };
    let mut at = (0, 0);
    old[..same_start].iter().for_each(|line| push(' ', line, &mut at));
    let common = longest_common(a, b);
    let (mut i, mut j) = (0, 0);
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && common.as_ref().is_some_and(|_| a[i] == b[j]) {
            push(' ', a[i], &mut at);
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && common.as_ref().is_none_or(|left| j == b.len() || left[i + 1][j] >= left[i][j + 1]) {
            push('-', a[i], &mut at);
            i += 1;
        } else {
            push('+', b[j], &mut at);
            j += 1;
        }
    }
    old[old.len() - same_end..].iter().for_each(|line| push(' ', line, &mut at));
    lines
}

/// For every pair of places, how many lines the rests have in common in order; `None` where that is too much to ask.
fn longest_common(a: &[&str], b: &[&str]) -> Option<Vec<Vec<u32>>> {
    if a.len().saturating_mul(b.len()) > MOST_COMPARED {
        return None;
    }
    let mut left = vec![vec![0; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            left[i][j] = if a[i] == b[j] { left[i + 1][j + 1] + 1 } else { left[i + 1][j].max(left[i][j + 1]) };
        }
    }
    Some(left)
}

#[cfg(test)]
mod tests {
    use super::diff;

    #[test]
    fn changes_far_apart_are_two_hunks() {
        let old: String = (1..=20).map(|i| format!("{i}\n")).collect();
        let new = old.replace("\n3\n", "\nthree\n").replace("\n17\n", "\n");
        let expected = "--- a\n+++ a\n@@ -1,6 +1,6 @@\n 1\n 2\n-3\n+three\n 4\n 5\n 6\n@@ -14,7 +14,6 @@\n 14\n 15\n 16\n-17\n 18\n 19\n 20\n";
        assert_eq!(diff("a", &old, &new), expected);
        assert_eq!(diff("a", &old, &old), "");
    }

    #[test]
    fn a_missing_last_line_end_is_said() {
        assert_eq!(diff("a", "x", "y\n"), "--- a\n+++ a\n@@ -1,1 +1,1 @@\n-x\n\\ No newline at end of file\n+y\n");
    }
}
