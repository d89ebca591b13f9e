//! What a network is to find for each sample: a class, or numbers.

use std::ops::Range;

/// What a data set asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// One of so many classes.
    Classes(usize),
    /// So many numbers.
    Values(usize),
}

impl Task {
    /// Outputs of a network for it: one a class, or one a number.
    pub fn outputs(self) -> usize {
        match self {
            Task::Classes(outputs) | Task::Values(outputs) => outputs,
        }
    }

    /// How many classes there are, if any.
    pub fn classes(self) -> Option<usize> {
        match self {
            Task::Classes(classes) => Some(classes),
            Task::Values(_) => None,
        }
    }
}

/// The targets of samples, one after the other.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// One class a sample, from 0.
    Classes(Vec<u16>),
    /// Numbers, `width` a sample.
    Values {
        /// How many a sample; at least 1.
        width: usize,
        /// All of them.
        values: Vec<f32>,
    },
}

impl Default for Targets {
    fn default() -> Self {
        Targets::Classes(Vec::new())
    }
}

impl Targets {
    /// Samples.
    pub fn len(&self) -> usize {
        match self {
            Targets::Classes(classes) => classes.len(),
            Targets::Values { width, values } => values.len() / width,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The classes, if that is what they are.
    pub fn classes(&self) -> Option<&[u16]> {
        match self {
            Targets::Classes(classes) => Some(classes),
            Targets::Values { .. } => None,
        }
    }

    /// Those of all samples.
    pub fn all(&self) -> Wanted<'_> {
        self.part(0..self.len())
    }

    /// Those of some samples.
    ///
    /// # Panics
    /// If there are not as many.
    pub fn part(&self, samples: Range<usize>) -> Wanted<'_> {
        match self {
            Targets::Classes(classes) => Wanted::Classes(&classes[samples]),
            Targets::Values { width, values } => {
                Wanted::Values { width: *width, values: &values[samples.start * width..samples.end * width] }
            }
        }
    }

    /// Makes these the targets of the samples at `indices` of `from`.
    ///
    /// # Panics
    /// If an index is out of range.
    pub fn choose(&mut self, from: &Targets, indices: &[usize]) {
        match (&mut *self, from) {
            (Targets::Classes(chosen), Targets::Classes(from)) => {
                chosen.clear();
                chosen.extend(indices.iter().map(|index| from[*index]));
            }
            (Targets::Values { width, values }, Targets::Values { width: from_width, values: from }) => {
                *width = *from_width;
                values.clear();
                indices.iter().for_each(|index| values.extend_from_slice(&from[index * *width..(index + 1) * *width]));
            }
            (_, Targets::Classes(_)) => {
                *self = Targets::default();
                self.choose(from, indices);
            }
            (_, Targets::Values { width, .. }) => {
                *self = Targets::Values { width: *width, values: Vec::new() };
                self.choose(from, indices);
            }
        }
    }
}

/// The targets of some samples.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Wanted<'a> {
    /// One class a sample.
    Classes(&'a [u16]),
    /// Numbers.
    Values {
        /// How many a sample.
        width: usize,
        /// All of them.
        values: &'a [f32],
    },
}

impl Wanted<'_> {
    /// Samples.
    pub fn len(&self) -> usize {
        match self {
            Wanted::Classes(classes) => classes.len(),
            Wanted::Values { width, values } => values.len() / width,
        }
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_chosen_by_index_whatever_was_there() {
        let classes = Targets::Classes(vec![3, 1, 2]);
        let values = Targets::Values { width: 2, values: vec![0.0, 0.5, 1.0, 1.5, 2.0, 2.5] };
        let mut chosen = Targets::default();
        chosen.choose(&values, &[2, 0]);
        assert_eq!(chosen, Targets::Values { width: 2, values: vec![2.0, 2.5, 0.0, 0.5] });
        assert_eq!((chosen.len(), chosen.part(1..2)), (2, Wanted::Values { width: 2, values: &[0.0, 0.5] }));
        chosen.choose(&classes, &[1, 1]);
        assert_eq!((chosen.classes(), chosen.all().len()), (Some(&[1, 1][..]), 2));
    }
}
