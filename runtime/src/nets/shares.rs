//! Which sites belong to which share: values of all sites as values by share, and back.

use burn::tensor::{Device, Int, Tensor, TensorData};
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::Placement;
use hetc_compiler::shape::Shape;

/// The shares of one layer.
#[derive(Debug)]
pub struct Shares {
    /// The axis that they share out: 1 for units, 2 for positions.
    axis: usize,
    /// For every share its places along the axis, in order; empty for a share without any.
    places: Vec<Vec<usize>>,
    /// The same, for the device.
    parts: Vec<Part>,
    /// Where each place of the axis lies once the shares are put one after the other; nothing if it stays where it is.
    order: Option<Tensor<1, Int>>,
}

/// A share's places along the axis.
#[derive(Debug)]
#[allow(clippy::large_enum_variant)] // a few a layer
enum Part {
    All,
    /// First place and number of places.
    Run(usize, usize),
    Scattered(Tensor<1, Int>),
}

impl Shares {
    /// Of the sites of shape `sites`.
    pub fn new(placement: &Placement, sites: &Shape, device: &Device) -> Self {
        let axis = if placement.layout == Layout::Checkerboard { 2 } else { 1 };
        let mut places = vec![Vec::new(); placement.shares.len()];
        for (place, share) in placement.layout.assign(&placement.ratio(), sites).into_iter().enumerate() {
            places[share].push(place);
        }
        let size = places.iter().map(Vec::len).sum();
        let inverse = inverse(&places, size);
        let order = (!inverse.is_sorted()).then(|| indices(&inverse, device));
        let parts = places.iter().map(|places| Part::new(places, size, device)).collect();
        Self { axis, places, parts, order }
    }

    /// The shares that have places.
    pub fn present(&self) -> impl Iterator<Item = usize> {
        self.places.iter().enumerate().filter(|(_, places)| !places.is_empty()).map(|(share, _)| share)
    }

    /// The axis and the places of `share` on it.
    pub fn places(&self, share: usize) -> (usize, &[usize]) {
        (self.axis, &self.places[share])
    }

    /// What `x` holds at the sites of `share`.
    pub fn part(&self, x: &Tensor<4>, share: usize) -> Tensor<4> {
        match &self.parts[share] {
            Part::All => x.clone(),
            Part::Run(start, len) => x.clone().narrow(self.axis, *start, *len),
            Part::Scattered(places) => x.clone().select(self.axis, places.clone()),
        }
    }

    /// Of parts, one for each of the [`Shares::present`], the whole.
    pub fn whole(&self, mut parts: Vec<Tensor<4>>) -> Tensor<4> {
        let joined = if parts.len() == 1 { parts.swap_remove(0) } else { Tensor::cat(parts, self.axis) };
        match &self.order {
            Some(order) => joined.select(self.axis, order.clone()),
            None => joined,
        }
    }
}

impl Part {
    fn new(places: &[usize], size: usize, device: &Device) -> Self {
        match places {
            _ if places.len() == size => Part::All,
            [] => Part::Run(0, 0), // never asked for
            [first, .., last] if last - first + 1 == places.len() => Part::Run(*first, places.len()),
            [only] => Part::Run(*only, 1),
            _ => Part::Scattered(indices(places, device)),
        }
    }
}

fn indices(places: &[usize], device: &Device) -> Tensor<1, Int> {
    let indices: Vec<i64> = places.iter().map(|place| *place as i64).collect();
    Tensor::from_data(TensorData::new(indices, [places.len()]), device)
}

/// Where each place lies once the shares are put one after the other.
fn inverse(places: &[Vec<usize>], size: usize) -> Vec<usize> {
    let mut inverse = vec![0; size];
    for (new, old) in places.iter().flatten().enumerate() {
        inverse[*old] = new;
    }
    inverse
}
