//! What tests share.

pub mod perceptron;
