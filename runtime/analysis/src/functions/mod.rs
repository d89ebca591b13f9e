//! Learned functions: where they are used, what they are near to, what they are made of.
