//! What can stand at the top level of a file.

/// One kind of item.
pub struct ItemWord {
    /// The word it starts with.
    pub word: &'static str,
    /// How it is written.
    pub usage: &'static str,
    /// What it is, in one sentence.
    pub summary: &'static str,
    /// With places to fill in.
    pub snippet: &'static str,
}

/// Every kind of item.
pub const ITEMS: &[ItemWord] = &[
    ItemWord {
        word: "net",
        usage: "net NAME(PARAMETER = VALUE, …) { … }",
        summary: "A network: one statement a line.",
        snippet: "net ${1:name} {\n    input ${2:3x32x32}\n\n    $0\n}",
    },
    ItemWord {
        word: "cell",
        usage: "cell NAME(PARAMETER = NUMBER where > NUMBER, …) = FORMULA",
        summary: "A cell type: what a unit answers with.",
        snippet: "cell ${1:name} = ${0:max(x, 0)}",
    },
];
