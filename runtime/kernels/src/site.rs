//! Programs over sites: what is compiled, by whichever emitter, and interpreted where nothing can be.
//!
//! A *site* is a place where one cell answers. A program is a formula whose inputs are vectors found relative to a site and whose roots are
//! put down relative to it; it is run for every site of a table. One kind of program serves every placement, forward and backward: a
//! window is several reads at fixed offsets, a second argument another one, a trained number a read from an array of its copies.

use hetc_compiler::formula::{Builder, Formula, NodeId};

/// For each site, vector `table[site][column] + offset` of array `array`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Place {
    /// Which of the arrays that a call hands over.
    pub array: u8,
    /// Which column of the table.
    pub column: u8,
    /// Vectors from there on.
    pub offset: u32,
}

/// What becomes of what was there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Put {
    /// It is overwritten.
    Set,
    /// It is added to.
    Add,
}

/// A formula and where its inputs and results are. All reads of a site happen before its writes.
#[derive(Debug, Clone, PartialEq)]
pub struct SiteProgram {
    /// Input `i` is `reads[i]`, root `i` goes to `writes[i]`.
    pub formula: Formula,
    /// One for each input.
    pub reads: Vec<Place>,
    /// One for each root.
    pub writes: Vec<(Place, Put)>,
    /// Columns of the table.
    pub columns: u8,
}

impl SiteProgram {
    /// Element by element: input `i` is array `i`, and the roots go to the arrays after the inputs. One column.
    pub fn plain(formula: Formula) -> Self {
        let place = |array: u8| Place { array, column: 0, offset: 0 };
        let inputs = formula.inputs();
        let writes = (inputs..).zip(formula.roots()).map(|(array, _)| (place(array), Put::Set)).collect();
        Self { reads: (0..inputs).map(place).collect(), writes, formula, columns: 1 }
    }
}

/// The inputs of `formula` and the gradient of its result to the gradients of its inputs: an ordinary multiplication with each derivative,
/// where either side is infinite or NaN too.
pub fn backward(formula: &Formula) -> Formula {
    let gradient = formula.gradient();
    let mut b = Builder::from_formula(&gradient);
    let dy = b.input(formula.inputs());
    let roots: Vec<NodeId> = gradient.roots().iter().map(|slope| b.mul(*slope, dy)).collect();
    b.finish(&roots, formula.inputs() + 1)
}

/// Where the sites are: for each site, a number of vectors for each column.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    columns: usize,
    places: Vec<u32>,
    /// The largest number in each column.
    largest: Vec<u32>,
}

impl Table {
    /// `places` holds the columns of the first site, then those of the second, …
    pub fn new(columns: usize, places: Vec<u32>) -> Self {
        assert!(columns > 0 && places.len().is_multiple_of(columns), "every site has all columns");
        let of_column = |column: usize| places.iter().skip(column).step_by(columns).copied().max().unwrap_or(0);
        let largest = (0..columns).map(of_column).collect();
        Self { columns, places, largest }
    }

    /// Numbers a site.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// Sites.
    pub fn len(&self) -> usize {
        self.places.len() / self.columns
    }

    /// Whether there is no site.
    pub fn is_empty(&self) -> bool {
        self.places.is_empty()
    }

    /// All numbers, site by site.
    pub fn places(&self) -> &[u32] {
        &self.places
    }

    /// The largest number in a column.
    pub fn largest(&self, column: usize) -> u32 {
        self.largest[column]
    }
}
