//! `repeat 3 { … }`: the same statements several times, each time with weights of its own.

use super::{Args, Bodies, Builder, Statement};

pub(super) const STATEMENT: Statement = Statement {
    head: "repeat",
    usage: "repeat TIMES { … }",
    summary: "The statements in braces several times, each time with weights of their own.",
    options: &[],
    bodies: Bodies::One,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let argument = args.next("the number of times", builder.findings)?;
    let times = args.size(&argument, "the number of times", 1, builder.findings)?;
    let [body] = args.bodies else { return None };
    let found_before = builder.findings.len();
    // Nothing, however often: the limit of statements would never end it.
    let times = if body.stmts.is_empty() { 1 } else { times };
    for _ in 0..times {
        let outer = builder.open_taps();
        let built = builder.body(&body.stmts);
        builder.close_taps(outer, "repeat");
        built?;
        // What is wrong once is wrong every time.
        if builder.findings.has_errors_since(found_before) {
            break;
        }
    }
    Some(())
}
