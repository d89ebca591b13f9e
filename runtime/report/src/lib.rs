#![doc = include_str!("../README.md")]

pub mod compare;
pub mod figure;
pub mod page;
pub mod stats;
pub mod study;
pub mod tensorboard;
