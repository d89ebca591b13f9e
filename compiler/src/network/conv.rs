//! `conv 16 3x3 pad=1 stride=2 groups=4`: a convolution; `conv depthwise 3x3`: one filter a channel; `pad=same`: as TensorFlow pads.

use super::{Args, Argument, Bodies, Builder, Statement};
use crate::diag::words::thousands;
use crate::diag::{Findings, NeedsMap, UnevenGroups, WindowTooLarge};
use crate::figures::{same, slide};
use crate::limits::MAX_PAD;
use crate::plan::Op;
use crate::shape::Shape;

pub(super) const STATEMENT: Statement = Statement {
    head: "conv",
    usage: "conv CHANNELS HEIGHTxWIDTH [pad=0|same] [stride=1] [groups=1] [bias=yes] or conv depthwise HEIGHTxWIDTH [pad=0|same] [stride=1] [bias=yes]",
    summary: "A convolution (cross-correlation); depthwise, each channel has one filter of its own.",
    options: &["pad", "stride", "groups", "bias"],
    bodies: Bodies::None,
    build,
};

fn build(builder: &mut Builder, args: &mut Args) -> Option<()> {
    let channels_argument = args.next("the number of channels", builder.findings)?;
    let depthwise = channels_argument.kind.as_word() == Some("depthwise");
    let channels = match depthwise {
        true => Some(0), // as many as come in
        false => args.size(&channels_argument, "the number of channels, or `depthwise`", 1, builder.findings),
    };
    let kernel_argument = args.next("the size of the kernel", builder.findings)?;
    let kernel = args.window(&kernel_argument, "a kernel size", 1, builder.findings);
    let pad_argument = args.option("pad");
    let pad = match &pad_argument {
        Some(argument) => padding(args, argument, builder.findings),
        None => Some(Padding::Given([0, 0])),
    };
    let stride = match args.option("stride") {
        Some(argument) => args.pair(&argument, "the stride", 1, builder.findings),
        None => Some([1, 1]),
    };
    let groups_argument = args.option("groups");
    let groups = match &groups_argument {
        Some(argument) => args.size(argument, "the number of groups", 1, builder.findings),
        None => Some(1),
    };
    let bias = args.answer("bias", true, builder.findings);
    if let Some(argument) = groups_argument.as_ref().filter(|_| depthwise) {
        return args.wrong_kind(argument, "no `groups` with `depthwise`, where every channel is a group", builder.findings);
    }
    let (channels, kernel, pad, stride, groups, bias) = (channels?, kernel?, pad?, stride?, groups?, bias?);

    let shape = builder.shape?;
    let Shape::Map(channels_in, height, width) = shape else {
        let (head, span) = (args.head().node.clone(), args.head().span);
        return builder.findings.report(NeedsMap { head, span, shape, from: builder.from });
    };
    let (channels, groups) = if depthwise { (channels_in, channels_in) } else { (channels, groups) };
    for (side, count, from) in [("in", channels_in, builder.from), ("out", channels, Some(channels_argument.span))] {
        if count % groups != 0 {
            let span = groups_argument.map_or(args.head().span, |argument| argument.span);
            return builder.findings.report(UnevenGroups { groups, channels: count, side, span, from });
        }
    }
    let (pad, more) = match pad {
        Padding::Given(pad) => (pad, [0, 0]),
        Padding::Same => same((height, width), kernel, stride),
    };
    if let Some(argument) = &pad_argument {
        bounded(pad, args, argument, builder.findings)?;
    }
    let Some((out_height, out_width)) = slide((height, width), kernel, stride, pad, more) else {
        let (span, from) = (kernel_argument.span, builder.from);
        return builder.findings.report(WindowTooLarge { what: "kernel", window: kernel, span, shape, pad, from });
    };
    builder.push(Op::Conv { kernel, pad, more, stride, groups, bias }, Shape::map(channels, out_height, out_width))
}

/// How a convolution is padded.
#[derive(Clone, Copy)]
enum Padding {
    /// So many zeros on both sides of each axis.
    Given([usize; 2]),
    /// As many as it takes; see [`same`].
    Same,
}

fn padding(args: &Args, argument: &Argument, findings: &mut Findings) -> Option<Padding> {
    match argument.kind.as_word() {
        Some("same") => Some(Padding::Same),
        _ => {
            let pad = args.pair(argument, "the padding", 0, findings)?;
            bounded(pad, args, argument, findings).map(Padding::Given)
        }
    }
}

/// `pad`, unless it is too much.
fn bounded(pad: [usize; 2], args: &Args, argument: &Argument, findings: &mut Findings) -> Option<[usize; 2]> {
    if pad.iter().all(|pad| *pad <= MAX_PAD) {
        return Some(pad);
    }
    let range = format!("at most {}", thousands(MAX_PAD as u64));
    args.out_of_range(argument, "the padding", &argument.kind.to_string(), &range, findings)
}
