//! Which functions are alike: hierarchical clustering with average linkage (UPGMA, Sokal and Michener 1958).

/// Two clusters become one.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Merge {
    /// The two clusters, the smaller number first. Numbers below the number of items are items; above, `items + i` is what merge `i`
    /// made.
    pub clusters: (usize, usize),
    /// The mean distance between their items.
    pub height: f64,
    /// Items in the new cluster.
    pub items: usize,
}

/// Merges from single items to one cluster of all, nearest first: the rows of scipy's linkage matrix.
#[derive(Debug, Clone, PartialEq)]
pub struct Tree {
    /// One fewer than items.
    pub merges: Vec<Merge>,
}

impl Tree {
    /// Items.
    pub fn items(&self) -> usize {
        self.merges.len() + 1
    }

    /// The cluster of each item if there are to be `clusters` of them (at least one, at most the items), numbered by first appearance.
    pub fn cut(&self, clusters: usize) -> Vec<usize> {
        let items = self.items();
        self.after(items - clusters.clamp(1, items))
    }

    /// The cluster of each item if nothing merges above `height`, numbered by first appearance.
    pub fn cut_at(&self, height: f64) -> Vec<usize> {
        self.after(self.merges.iter().take_while(|merge| merge.height <= height).count())
    }

    /// The clusters after the first `count` merges.
    fn after(&self, count: usize) -> Vec<usize> {
        let items = self.items();
        let mut parent: Vec<usize> = (0..items + count).collect();
        for (i, merge) in self.merges[..count].iter().enumerate() {
            parent[merge.clusters.0] = items + i;
            parent[merge.clusters.1] = items + i;
        }
        let root = |mut cluster: usize| {
            while parent[cluster] != cluster {
                cluster = parent[cluster];
            }
            cluster
        };
        let mut seen = Vec::new();
        let mut number = |root| {
            seen.iter().position(|known| *known == root).unwrap_or_else(|| {
                seen.push(root);
                seen.len() - 1
            })
        };
        (0..items).map(|item| number(root(item))).collect()
    }
}

/// The tree of `items` items with these distances between pairs, in condensed order. `None` for no items, another number of distances,
/// or some that are not finite. Of equally near pairs the first merges. Time grows with the cube of the items.
pub fn average_linkage(items: usize, distances: &[f64]) -> Option<Tree> {
    if items == 0 || distances.len() != items * (items - 1) / 2 || distances.iter().any(|d| !d.is_finite()) {
        return None;
    }
    let mut table = square(items, distances);
    // What each row of the table stands for: a cluster's number and its items; rows that were merged away stand for none.
    let mut rows: Vec<Option<(usize, usize)>> = (0..items).map(|item| Some((item, 1))).collect();
    let mut merges = Vec::with_capacity(items - 1);
    while let Some((i, j)) = nearest(&table, &rows) {
        let (Some(first), Some(second)) = (rows[i], rows[j].take()) else { break };
        let height = table[i][j];
        for k in (0..items).filter(|k| *k != i) {
            let both = (table[i][k] * first.1 as f64 + table[j][k] * second.1 as f64) / (first.1 + second.1) as f64;
            table[i][k] = both;
            table[k][i] = both;
        }
        rows[i] = Some((items + merges.len(), first.1 + second.1));
        merges.push(Merge { clusters: (first.0.min(second.0), first.0.max(second.0)), height, items: first.1 + second.1 });
    }
    Some(Tree { merges })
}

/// Both halves of a table of distances.
pub(super) fn square(items: usize, distances: &[f64]) -> Vec<Vec<f64>> {
    let mut table = vec![vec![0.0; items]; items];
    let pairs = (0..items).flat_map(|i| (i + 1..items).map(move |j| (i, j)));
    for ((i, j), distance) in pairs.zip(distances) {
        table[i][j] = *distance;
        table[j][i] = *distance;
    }
    table
}

/// The two rows that are nearest to each other; `None` if fewer than two are left.
fn nearest(table: &[Vec<f64>], rows: &[Option<(usize, usize)>]) -> Option<(usize, usize)> {
    let left: Vec<usize> = (0..rows.len()).filter(|i| rows[*i].is_some()).collect();
    let pairs = left.iter().enumerate().flat_map(|(n, i)| left[n + 1..].iter().map(|j| (*i, *j)));
    pairs.min_by(|a, b| table[a.0][a.1].total_cmp(&table[b.0][b.1]))
}
