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
        usage: "cell NAME(PARAMETER = NUMBER where > NUMBER, …) = FORMULA\ncell NAME(PARAMETER = learn NUMBER per net|layer|channel) = FORMULA\ncell NAME[U, V] = FORMULA\ncell NAME = table \"FILE\"",
        summary: "A cell type: what a unit answers with.",
        snippet: "cell ${1:name} = ${0:max(x, 0)}",
    },
    ItemWord {
        word: "window",
        usage: "window NAME(PARAMETER = NUMBER, …) = FORMULA",
        summary: "A window cell: what a unit answers with together with its neighbours.",
        snippet: "window ${1:name} = ${0:select(x == max(x…), x, 0)}",
    },
    ItemWord {
        word: "inner",
        usage: "inner NAME = mlp[WIDTH, …] [hidden=CELL] [args=1]",
        summary: "A learned function: a small network that cells can call.",
        snippet: "inner ${1:name} = mlp[${0:50}]",
    },
    ItemWord {
        word: "block",
        usage: "block NAME(PARAMETER = VALUE, …) { … }",
        summary: "Statements under a name, which nets then use as one.",
        snippet: "block ${1:name}(${2:width}) {\n    $0\n}",
    },
    ItemWord {
        word: "baseline",
        usage: "baseline NAME of NET { … }",
        summary: "A net made from another one, to compare with.",
        snippet: "baseline ${1:name} of ${2:net} {\n    replace all with ${3:relu}\n    match params$0\n}",
    },
    ItemWord {
        word: "variant",
        usage: "variant NAME of NET { … }",
        summary: "A net made from another one, to try something else.",
        snippet: "variant ${1:name} of ${2:net} {\n    replace ${3:all} with $0\n}",
    },
    ItemWord {
        word: "use",
        usage: "use \"FILE\"",
        summary: "Another file's cell types, learned functions, blocks and nets.",
        snippet: "use \"${0:cells.net}\"",
    },
];
