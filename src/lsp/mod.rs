//! `hetc lsp`: what the compiler knows, in an editor, over the language server protocol.
//!
//! `wire` reads and writes messages, `server` decides what happens when, `documents` keeps the open texts, `analysis` is everything
//! known about one text. The other files answer one kind of question each. Nothing here computes anything about a network.

mod analysis;
mod client;
mod completion;
mod definition;
mod describe;
mod documents;
mod format;
mod hover;
mod items;
mod layers;
mod lines;
mod names;
mod pages;
mod problems;
mod server;
mod spot;
mod symbols;
mod texts;
mod usage;
mod wire;
mod words;

pub use server::serve;
