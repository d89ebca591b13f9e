//! Operations against plain readings in double precision, over random shapes, groups with fewer than 16 samples, ties and NaN.

mod case;
mod flatten;
mod join;
mod norm;
mod pool;
mod random;
mod response;
