//! What other tools call the things of this language.

/// A word from elsewhere and what is written here: the same under another name, or more than a name where there are blanks.
pub const ALIASES: &[(&str, &str)] = &[
    ("activation", "act"),
    ("average", "avg"),
    ("avgpool", "pool avg"),
    ("batchnorm", "norm batch"),
    ("eps", "epsilon"),
    ("false", "no"),
    ("fc", "dense"),
    ("layernorm", "norm layer"),
    ("linear", "dense"),
    ("ln", "log"),
    ("maxpool", "pool max"),
    ("mean", "avg"),
    ("padding", "pad"),
    ("parameters", "params"),
    ("true", "yes"),
];

/// Statements from elsewhere that have no counterpart, and why.
pub const NOTES: &[(&str, &str)] = &[
    ("flatten", "nothing is needed here: `dense` flattens a map itself"),
    ("match", "widths are solved for in a `baseline NAME of NET { … }`"),
];
