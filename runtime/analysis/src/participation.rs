//! How many dimensions the answers of a layer take.
