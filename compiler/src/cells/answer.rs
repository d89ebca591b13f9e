//! What cells answer, in f64: slow, obvious, and the oracle that every other reading is checked against.
