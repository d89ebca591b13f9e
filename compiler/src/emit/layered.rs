//! Where the boxes of a graph stand: in layers from top to bottom (Sugiyama et al. 1981).
//!
//! Each box stands one layer below the lowest that it reads; an edge over several layers passes each at a place of its own. The order
//! within a layer puts everything near the mean of its neighbours. A box wants to stand below the last box that every way to it goes
//! through (its dominator), so that chains are straight and branches meet where they parted; a passing edge, at the mean of its
//! neighbours. The places are the nearest ones that keep the order and the distances (pool adjacent violators).

/// A box.
#[derive(Debug, Clone, Copy)]
pub(super) struct Size {
    pub width: f64,
    pub height: f64,
}

/// Where everything stands.
pub(super) struct Drawing {
    /// For each box its centre and its top.
    pub boxes: Vec<(f64, f64)>,
    /// For each edge its points, from the bottom of a box to the top of another.
    pub edges: Vec<Vec<(f64, f64)>>,
    pub width: f64,
    pub height: f64,
}

/// Between boxes side by side.
const BESIDE: f64 = 28.0;
/// Between layers.
const BELOW: f64 = 30.0;
/// Width that a passing edge takes.
const PASSING: f64 = 10.0;
/// Rounds of ordering, and of placing.
const ORDERINGS: usize = 8;
const PLACINGS: usize = 60;
/// How much more a box weighs than a passing edge.
const WEIGHT: f64 = 1e6;

/// A place in a layer: a box, or an edge that passes.
struct Place {
    rank: usize,
    width: f64,
    weight: f64,
    x: f64,
    above: Vec<usize>,
    below: Vec<usize>,
}

/// Lays out boxes; every edge goes from an earlier one to a later one.
pub(super) fn lay_out(sizes: &[Size], edges: &[(usize, usize)]) -> Drawing {
    let mut rank = vec![0usize; sizes.len()];
    for (from, to) in edges {
        rank[*to] = rank[*to].max(rank[*from] + 1); // edges are sorted by where they go
    }
    let count = rank.iter().max().map_or(0, |last| last + 1);
    let place =
        |rank: usize, width: f64, weight: f64| Place { rank, width, weight, x: 0.0, above: Vec::new(), below: Vec::new() };
    let mut places: Vec<Place> = sizes.iter().zip(&rank).map(|(size, rank)| place(*rank, size.width, WEIGHT)).collect();
    let mut ways: Vec<Vec<usize>> = Vec::new();
    for (from, to) in edges {
        let mut way = vec![*from];
        for passed in rank[*from] + 1..rank[*to] {
            places.push(place(passed, PASSING, 1.0));
            way.push(places.len() - 1);
        }
        way.push(*to);
        for pair in way.windows(2) {
            places[pair[0]].below.push(pair[1]);
            places[pair[1]].above.push(pair[0]);
        }
        ways.push(way);
    }
    let mut ranks: Vec<Vec<usize>> = vec![Vec::new(); count];
    for (i, place) in places.iter().enumerate() {
        ranks[place.rank].push(i);
    }
    order(&mut ranks, &mut places);
    position(&ranks, &mut places, &wishes(sizes, edges));
    straighten(&ranks, &mut places, &ways);
    draw(sizes, &places, &ranks, &ways)
}

fn order(ranks: &mut [Vec<usize>], places: &mut [Place]) {
    number(ranks, places);
    for round in 0..ORDERINGS {
        let down = round % 2 == 0;
        let each: Vec<usize> = if down { (0..ranks.len()).collect() } else { (0..ranks.len()).rev().collect() };
        for rank in each {
            let wish = |i: usize| {
                let near = if down { &places[i].above } else { &places[i].below };
                mean(near.iter().map(|other| places[*other].x)).unwrap_or(places[i].x)
            };
            let mut sorted: Vec<(f64, usize)> = ranks[rank].iter().map(|i| (wish(*i), *i)).collect();
            sorted.sort_by(|a, b| a.0.total_cmp(&b.0)); // stable: boxes come before passing edges
            ranks[rank] = sorted.into_iter().map(|(_, i)| i).collect();
            number(&ranks[rank..=rank], places);
        }
    }
}

/// Places in a row around 0.
fn number(ranks: &[Vec<usize>], places: &mut [Place]) {
    for rank in ranks {
        for (at, i) in rank.iter().enumerate() {
            places[*i].x = at as f64 - (rank.len() - 1) as f64 / 2.0;
        }
    }
}

/// Where boxes would stand: below the last box that every way to them goes through; those that read only that one, side by side.
fn wishes(sizes: &[Size], edges: &[(usize, usize)]) -> Vec<f64> {
    let mut through = vec![0usize; sizes.len()];
    let mut reads = vec![0usize; sizes.len()];
    for (from, to) in edges {
        reads[*to] += 1;
        through[*to] = if reads[*to] == 1 { *from } else { common(&through, through[*to], *from) };
    }
    let mut wishes = vec![0.0; sizes.len()];
    for above in 0..sizes.len() {
        let below = |one: &usize| *one != above && through[*one] == above;
        let beside: Vec<usize> = (0..sizes.len()).filter(below).filter(|one| reads[*one] == 1).collect();
        let width: f64 = beside.iter().map(|one| sizes[*one].width + BESIDE).sum();
        let mut x = wishes[above] - width / 2.0;
        for one in &beside {
            wishes[*one] = x + (sizes[*one].width + BESIDE) / 2.0;
            x += sizes[*one].width + BESIDE;
        }
        (0..sizes.len()).filter(below).filter(|one| reads[*one] > 1).for_each(|one| wishes[one] = wishes[above]);
    }
    wishes
}

/// The last box that all ways to both go through.
fn common(through: &[usize], mut a: usize, mut b: usize) -> usize {
    while a != b {
        if a > b { a = through[a] } else { b = through[b] } // a box goes through an earlier one
    }
    a
}

fn position(ranks: &[Vec<usize>], places: &mut [Place], of_boxes: &[f64]) {
    for round in 0..PLACINGS {
        let each: Vec<usize> = if round % 2 == 0 { (0..ranks.len()).collect() } else { (0..ranks.len()).rev().collect() };
        for rank in each {
            let wish = |i: &usize| {
                let near = places[*i].above.iter().chain(&places[*i].below).map(|other| places[*other].x);
                of_boxes.get(*i).copied().or_else(|| mean(near)).unwrap_or(0.0)
            };
            let wishes: Vec<f64> = ranks[rank].iter().map(wish).collect();
            let found = apart(&ranks[rank], places, &wishes);
            ranks[rank].iter().zip(found).for_each(|(i, x)| places[*i].x = x);
        }
    }
}

/// Moves an edge that passes several layers outwards, to one line, where nothing stands in its way.
fn straighten(ranks: &[Vec<usize>], places: &mut [Place], ways: &[Vec<usize>]) {
    let furthest = |places: &[Place], way: &[usize], side: f64| {
        way[1..way.len() - 1].iter().map(|i| side * places[*i].x).fold(f64::NEG_INFINITY, f64::max)
    };
    for side in [1.0, -1.0] {
        let mut outermost_first: Vec<&Vec<usize>> = ways.iter().filter(|way| way.len() > 3).collect();
        outermost_first.sort_by(|a, b| furthest(places, b, side).total_cmp(&furthest(places, a, side)));
        for way in outermost_first {
            let passed = &way[1..way.len() - 1];
            let leans = passed.iter().map(|i| side * (places[*i].x - places[way[0]].x)).sum::<f64>() > 0.0;
            let line = furthest(places, way, side);
            let free = |i: &usize| {
                let beyond = |other: &&usize| *other != i && side * places[**other].x > side * places[*i].x;
                let near =
                    |other: &usize| side * places[*other].x < line + (places[*other].width + PASSING) / 2.0 + BESIDE - 0.01;
                !ranks[places[*i].rank].iter().filter(beyond).any(near)
            };
            if leans && passed.iter().all(free) {
                passed.iter().for_each(|i| places[*i].x = side * line);
            }
        }
    }
}

/// The places nearest to `wishes` (in weighted squares) that keep the order and the distances.
fn apart(rank: &[usize], places: &[Place], wishes: &[f64]) -> Vec<f64> {
    let mut offsets = Vec::with_capacity(rank.len());
    let mut offset = 0.0;
    for (at, i) in rank.iter().enumerate() {
        if at > 0 {
            offset += (places[rank[at - 1]].width + places[*i].width) / 2.0 + BESIDE;
        }
        offsets.push(offset);
    }
    // Without the distances the places only have to increase: blocks of equal ones.
    let mut blocks: Vec<(f64, f64, usize)> = Vec::new(); // mean, weight, how many
    for (at, i) in rank.iter().enumerate() {
        let mut block = (wishes[at] - offsets[at], places[*i].weight, 1);
        while let Some((mean, weight, count)) = blocks.pop_if(|before| before.0 > block.0) {
            let total = weight + block.1;
            block = ((mean * weight + block.0 * block.1) / total, total, count + block.2);
        }
        blocks.push(block);
    }
    let starts = blocks.iter().flat_map(|(mean, _, count)| std::iter::repeat_n(*mean, *count));
    starts.zip(offsets).map(|(start, offset)| start + offset).collect()
}

fn mean(numbers: impl Iterator<Item = f64>) -> Option<f64> {
    let (sum, count) = numbers.fold((0.0, 0.0), |(sum, count), x| (sum + x, count + 1.0));
    (count > 0.0).then(|| sum / count)
}

fn draw(sizes: &[Size], places: &[Place], ranks: &[Vec<usize>], ways: &[Vec<usize>]) -> Drawing {
    let edge = |sign: f64| places.iter().map(|place| sign * place.x + place.width / 2.0).fold(f64::NEG_INFINITY, f64::max);
    let (right, left) = if places.is_empty() { (0.0, 0.0) } else { (edge(1.0), edge(-1.0)) };
    let mut tops = Vec::with_capacity(ranks.len());
    let mut bottoms = Vec::with_capacity(ranks.len());
    let mut y = 0.0;
    for rank in ranks {
        tops.push(y);
        y += rank.iter().filter_map(|i| sizes.get(*i)).map(|size| size.height).fold(0.0, f64::max);
        bottoms.push(y);
        y += BELOW;
    }
    let x = |i: usize| places[i].x + left;
    let points = |way: &Vec<usize>| -> Vec<(f64, f64)> {
        let inner = &way[1..way.len() - 1];
        let (first, last) = (way[0], way[way.len() - 1]);
        let start = (x(first), tops[places[first].rank] + sizes[first].height);
        let passed = inner.iter().flat_map(|i| [(x(*i), tops[places[*i].rank]), (x(*i), bottoms[places[*i].rank])]);
        std::iter::once(start).chain(passed).chain([(x(last), tops[places[last].rank])]).collect()
    };
    Drawing {
        boxes: (0..sizes.len()).map(|i| (x(i), tops[places[i].rank])).collect(),
        edges: ways.iter().map(points).collect(),
        width: left + right,
        height: (y - BELOW).max(0.0),
    }
}
