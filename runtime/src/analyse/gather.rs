//! What layers answer to every sample, as matrices, a few layers at a time.

use super::{Opened, Stop};
use crate::loss::Score;
use hetc_engine::Seen;
use std::ops::Range;
use std::sync::Mutex;

/// Numbers that are held at a time; a value larger than that is held alone.
const ROOM: usize = 1 << 26;

/// A value of every sample, `[samples, elements]`.
pub struct Answers {
    /// Which value of the plan.
    pub value: usize,
    /// The numbers.
    pub numbers: Vec<f32>,
}

impl Answers {
    /// What the samples have at `element`.
    pub fn of(&self, element: usize, elements: usize) -> impl Iterator<Item = f32> + '_ {
        self.numbers[element..].iter().step_by(elements).copied()
    }
}

/// Hands every one of the values to `take`, in order. `tell` hears the part that is done.
pub fn values(
    network: &mut Opened,
    values: &[usize],
    tell: &mut dyn FnMut(f64) -> bool,
    mut take: impl FnMut(&Opened, Answers),
) -> Result<(), Stop> {
    let mut done = 0;
    while done < values.len() {
        let some = together(network, &values[done..]);
        let rooms = Rooms::new(network, some);
        let sample = network.sample;
        network.probe.values(&network.weights, &sample.inputs, network.look, &[], some, |seen| rooms.put(seen));
        done += some.len();
        rooms.into_answers().for_each(|answers| take(network, answers));
        if !tell(done as f64 / values.len() as f64) {
            return Err(Stop::Asked);
        }
    }
    Ok(())
}

/// The slopes of every sample's loss at each of the values, handed to `take` in order; the score of all samples, and how often they went
/// through the network.
pub fn slopes(network: &mut Opened, values: &[usize], mut take: impl FnMut(&Opened, Answers)) -> (Score, usize) {
    let (mut done, mut passes) = (0, 0);
    let mut score = Score::default();
    while done < values.len() {
        let some = together(network, &values[done..]);
        let rooms = Rooms::new(network, some);
        let (sample, loss) = (network.sample, network.loss);
        let each = |samples: Range<usize>, logits: &[f32], slopes: &mut [f32]| {
            let own = sample.targets.part(samples);
            loss.slopes(logits, own, 1, slopes);
            loss.score(logits, own)
        };
        let scores = network.probe.slopes(&network.weights, &sample.inputs, network.look, each, some, |seen| rooms.put(seen));
        score = scores.into_iter().fold(Score::default(), Score::plus);
        done += some.len();
        passes += 1;
        rooms.into_answers().for_each(|answers| take(network, answers));
    }
    (score, passes)
}

/// As many of the values as fit, at least one.
fn together<'a>(network: &Opened, values: &'a [usize]) -> &'a [usize] {
    let mut room = ROOM;
    let fits = |value: &&usize| {
        let size = network.sample.len() * network.plan.shape(**value).elements();
        let fits = size <= room || room == ROOM;
        room = room.saturating_sub(size);
        fits
    };
    &values[..values.iter().take_while(fits).count()]
}

/// Matrices that are filled group by group.
struct Rooms<'a> {
    values: &'a [usize],
    numbers: Vec<Mutex<Vec<f32>>>,
}

impl<'a> Rooms<'a> {
    fn new(network: &Opened, values: &'a [usize]) -> Self {
        let size = |value: &usize| network.sample.len() * network.plan.shape(*value).elements();
        Self { values, numbers: values.iter().map(|value| Mutex::new(vec![0.0; size(value)])).collect() }
    }

    fn put(&self, Seen { value, samples, numbers }: Seen) {
        let place = self.values.iter().position(|own| *own == value).expect("only what is watched is seen");
        let wide = numbers.len() / samples.len();
        let mut room = self.numbers[place].lock().expect("nobody panics while holding it");
        room[samples.start * wide..samples.end * wide].copy_from_slice(numbers);
    }

    fn into_answers(self) -> impl Iterator<Item = Answers> {
        let numbers = self.numbers.into_iter().map(|room| room.into_inner().expect("nobody panicked"));
        self.values.iter().zip(numbers).map(|(value, numbers)| Answers { value: *value, numbers })
    }
}
