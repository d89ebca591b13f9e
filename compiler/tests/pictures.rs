//! Networks as pictures: what is written, and that it holds together.

mod common;

use common::draw::{Draw, conv, efficientnet, learned, norm, prelu, resnet, windowed, yoon};
use hetc_compiler::emit;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Join, NoiseKind, NormKind, Op, Per, Placement, Plan, PoolKind, Share, Word};
use hetc_compiler::shape::Shape;

/// A bit of everything: a stem with a tap, branches that join in every way, windows, learned functions, trained cells.
fn everything() -> Plan {
    let mut draw = Draw::new("every<thing>", Shape::map(3, 16, 16));
    draw.push(Op::Noise { kind: NoiseKind::Uniform, scale: 0.1, always: true });
    draw.conv(8, 3, 1);
    let (relu, tanh) = (draw.cell(common::draw::plain("relu")), draw.cell(common::draw::plain("tanh")));
    let share = |cell, ratio| Share { cell, ratio, units: 0 };
    let placement =
        |layout| Placement { word: Word::Act, args: 1, window: None, shares: vec![share(relu, 1), share(tanh, 3)], layout };
    draw.push(Op::Cells(placement(Layout::Checkerboard)));
    draw.tap("stem");
    let start = draw.here();
    draw.push(Op::Response { size: 5, alpha: 1e-4, beta: 0.75, k: 1.0 });
    let first = draw.push(Op::Pool { kind: PoolKind::Avg, window: [3; 2], stride: [1; 2], pad: [1; 2] });
    draw.read(&[start], conv(1, 0, 1, 1), Shape::map(12, 1, 1));
    let window = draw.cell(windowed("maxrelu"));
    let second = draw.cells(Word::Window, 1, Some([4, 4]), &[window]);
    draw.join(Join::Concat, &[first, second]);
    let wide = draw.conv(8, 3, 1);
    draw.join(Join::Add, &[wide, start]);
    let value = draw.push(Op::Cells(placement(Layout::Block)));
    draw.global();
    draw.conv(8, 1, 1);
    let gate = draw.act("sigmoid");
    draw.join(Join::Multiply, &[value, gate]);
    let per_channel = draw.cell(prelu(Per::Channel));
    draw.cells(Word::Act, 1, None, &[per_channel]);
    draw.dense(60);
    let (function, cell) = learned("g", 2, &[64, 64]);
    draw.plan.functions.push(function);
    let pairs = draw.cell(cell);
    draw.cells(Word::Inner, 2, None, &[pairs]);
    draw.dense(20);
    draw.push(norm(NormKind::Layer, false));
    draw.cells(Word::Inner, 2, None, &[pairs]);
    let mut per_net = prelu(Per::Net);
    per_net.name = "prelu(0.1)".to_string();
    per_net.trained[0].start = 0.1;
    let per_net = draw.cell(per_net);
    draw.cells(Word::Act, 1, None, &[per_net, relu]);
    draw.push(Op::Cells(placement(Layout::Random { seed: 7 })));
    draw.finish()
}

fn resnet18() -> Plan {
    resnet("resnet18", 64, 8)
}

fn efficientnet_b0() -> Plan {
    let stages = [
        (1, 16, 3, 1, 1),
        (6, 24, 3, 2, 2),
        (6, 40, 5, 2, 2),
        (6, 80, 3, 2, 3),
        (6, 112, 5, 1, 3),
        (6, 192, 5, 2, 4),
        (6, 320, 3, 1, 1),
    ];
    let block = |(expansion, width, kernel, stride, count): (usize, usize, usize, usize, usize)| {
        (0..count).map(move |i| (expansion, width, kernel, if i == 0 { stride } else { 1 }))
    };
    let blocks: Vec<_> = stages.into_iter().flat_map(block).collect();
    efficientnet("efficientnet_b0", Shape::map(3, 224, 224), 32, &blocks, 1280)
}

fn spec(path: &str) -> Plan {
    common::plans_of(&[common::from_root(path)]).remove(0)
}

#[test]
fn everything_as_a_table() {
    insta::assert_snapshot!(emit::table(&everything()));
}

#[test]
fn everything_as_ir() {
    insta::assert_snapshot!(emit::ir(&everything()));
}

#[test]
fn everything_as_dot() {
    insta::assert_snapshot!(emit::dot(&everything()));
}

#[test]
fn everything_as_mermaid() {
    insta::assert_snapshot!(emit::mermaid(&everything()));
}

/// Every picture is whole: each tag is closed, no number is none. With `HETC_PICTURES` they are left in that folder to look at.
#[test]
fn pictures_are_whole() {
    let folder = std::env::var_os("HETC_PICTURES").map(std::path::PathBuf::from);
    let plans = [everything(), spec("specs/sticknet8.net"), spec("specs/vgg11.net"), yoon(784, 2), resnet18(), efficientnet_b0()];
    for plan in plans {
        let svg = emit::svg(&plan);
        assert!(!svg.contains("NaN") && !svg.contains("inf"), "{}", plan.net);
        let texts: String = svg.split('<').map(|tag| tag.split_once('>').map_or("", |(_, text)| text)).collect();
        for layer in plan.layers.iter().filter(|layer| !matches!(layer.op, Op::Join { .. })) {
            assert!(svg.contains(&format!(">{}</text>", layer.name)), "{}", layer.name);
        }
        assert!(!texts.contains('>'), "{}", plan.net);
        let open: Vec<&str> = tags(&svg);
        assert!(open.is_empty(), "{open:?}");
        if let Some(folder) = &folder {
            let name = plan.net.replace(['<', '>'], "");
            std::fs::write(folder.join(format!("{name}.svg")), svg).unwrap();
            std::fs::write(folder.join(format!("{name}.dot")), emit::dot(&plan)).unwrap();
            std::fs::write(folder.join(format!("{name}.mmd")), emit::mermaid(&plan)).unwrap();
            std::fs::write(folder.join(format!("{name}.txt")), emit::table(&plan)).unwrap();
        }
    }
}

/// The tags that are never closed.
fn tags(svg: &str) -> Vec<&str> {
    let mut open = Vec::new();
    for tag in svg.split('<').skip(1).map(|tag| tag.split('>').next().unwrap()) {
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap();
        match tag {
            tag if tag.starts_with('/') => assert_eq!(open.pop(), Some(name)),
            tag if tag.ends_with('/') => {}
            _ => open.push(name),
        }
    }
    open
}
