//! Networks in and out: plan and weights to bytes that others read, and what others wrote to weights.
//!
//! [`tensors`] reads and writes safetensors, [`names`] says which of a file's tensors is which of ours, [`import`] checks and takes them;
//! [`onnx`] writes a network as a graph; [`cells`] makes tables and polynomials out of what a network has learned; [`samples`] reads what a
//! network is to look at.

pub mod cells;
pub mod import;
pub mod names;
pub mod onnx;
pub mod samples;
pub mod tensors;
