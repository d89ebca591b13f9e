//! A network as a picture: one SVG file that needs nothing else.

mod card;
mod header;

use super::layered::{Drawing, Size, lay_out};
use super::palette::escaped;
use super::stages::{Stage, stages};
use crate::plan::{Join, Op, Plan};
use card::{Columns, card_height, draw_card};
use std::fmt::Write;

/// Around everything.
const MARGIN: f64 = 28.0;
/// Half the width of a join.
const RADIUS: f64 = 13.0;
/// Height of the input.
const INPUT: f64 = 30.0;
const FONT: &str = "Inter, 'Helvetica Neue', Helvetica, Arial, 'Liberation Sans', 'DejaVu Sans', sans-serif";

/// Colours besides those of the cells.
const PAPER: &str = "#f8fafc";
const INK: &str = "#0f172a";
const MUTED: &str = "#64748b";
const LINE: &str = "#94a3b8";

/// `plan` as a picture: a box for each layer with weights and what follows it, from top to bottom, the cells in their colours as the
/// layout has them, branches side by side.
pub fn svg(plan: &Plan) -> String {
    let stages = stages(plan);
    let columns = Columns::of(plan);
    let input_width = 28.0 + text_width(&input_label(plan), 12.0);
    let mut sizes = vec![Size { width: input_width, height: INPUT }];
    sizes.extend(stages.iter().map(|stage| size(plan, stage, &columns)));
    let edges = stages
        .iter()
        .enumerate()
        .flat_map(|(i, stage)| stage.from.iter().map(move |from| (from.map_or(0, |from| from + 1), i + 1)));
    let drawing = lay_out(&sizes, &edges.collect::<Vec<_>>());
    let (header, header_height, header_width) = header::header(plan, drawing.width);
    let width = drawing.width.max(header_width) + 2.0 * MARGIN;
    let (left, top) = ((width - drawing.width) / 2.0, header_height + 2.0 * MARGIN);
    let height = top + drawing.height + MARGIN;

    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width:.0} {height:.0}\" width=\"{width:.0}\" height=\"{height:.0}\" \
         font-family=\"{FONT}\" font-size=\"12\" fill=\"{INK}\">\n<title>{}</title>\n<rect width=\"100%\" height=\"100%\" fill=\"{PAPER}\"/>\n",
        escaped(&plan.net)
    );
    let _ = writeln!(out, "<g transform=\"translate({MARGIN:.0} {MARGIN:.0})\">\n{header}</g>");
    let _ = writeln!(out, "<g transform=\"translate({left:.1} {top:.1})\">");
    draw_edges(&drawing, &mut out);
    draw_input(plan, drawing.boxes[0], input_width, &mut out);
    for (stage, (x, y)) in stages.iter().zip(&drawing.boxes[1..]) {
        match plan.layers[stage.layers[0]].op {
            Op::Join { how } => draw_join(plan, stage.layers[0], how, (*x, *y), &mut out),
            _ => draw_card(plan, stage, &columns, (x - columns.width / 2.0, *y), &mut out),
        }
    }
    out + "</g>\n</svg>\n"
}

fn size(plan: &Plan, stage: &Stage, columns: &Columns) -> Size {
    match plan.layers[stage.layers[0]].op {
        Op::Join { .. } => Size { width: 2.0 * RADIUS, height: 2.0 * RADIUS },
        _ => Size { width: columns.width, height: card_height(plan, stage, columns) },
    }
}

fn draw_edges(drawing: &Drawing, out: &mut String) {
    let _ = writeln!(out, "<g fill=\"none\" stroke=\"{LINE}\" stroke-width=\"1.5\">");
    for points in &drawing.edges {
        let (x, y) = points[0]; // every edge has two ends
        let mut path = format!("M{x:.1} {y:.1}");
        for (from, to) in points.iter().zip(&points[1..]) {
            let middle = (from.1 + to.1) / 2.0;
            let _ = match from.0 == to.0 {
                true => write!(path, "V{:.1}", to.1),
                false => write!(path, "C{:.1} {middle:.1} {:.1} {middle:.1} {:.1} {:.1}", from.0, to.0, to.0, to.1),
            };
        }
        let (x, y) = points[points.len() - 1];
        let _ = writeln!(out, "<path d=\"{path}\"/>");
        let _ = writeln!(
            out,
            "<path d=\"M{:.1} {:.1}L{x:.1} {y:.1}L{:.1} {:.1}Z\" fill=\"{LINE}\"/>",
            x - 3.5,
            y - 6.0,
            x + 3.5,
            y - 6.0
        );
    }
    out.push_str("</g>\n");
}

fn input_label(plan: &Plan) -> String {
    let taps = super::what::taps(plan, 0);
    let taps = if taps.is_empty() { String::new() } else { format!("  tap {}", taps.join(", ")) };
    format!("input  {}{taps}", plan.input)
}

fn draw_input(plan: &Plan, (x, y): (f64, f64), width: f64, out: &mut String) {
    let left = x - width / 2.0;
    let _ = writeln!(
        out,
        "<rect x=\"{left:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{INPUT}\" rx=\"15\" fill=\"{INK}\"/>\
         <text x=\"{x:.1}\" y=\"{:.1}\" fill=\"#ffffff\" text-anchor=\"middle\">{}</text>",
        y + 19.5,
        escaped(&input_label(plan))
    );
}

fn draw_join(plan: &Plan, index: usize, how: Join, (x, y): (f64, f64), out: &mut String) {
    let layer = &plan.layers[index];
    let centre = y + RADIUS;
    let arm = 5.0;
    let sign = match how {
        Join::Add => format!("M{:.1} {centre:.1}h{}M{x:.1} {:.1}v{}", x - arm, 2.0 * arm, centre - arm, 2.0 * arm),
        Join::Multiply => {
            let (left, right, top, bottom) = (x - 4.0, x + 4.0, centre - 4.0, centre + 4.0);
            format!("M{left:.1} {top:.1}L{right:.1} {bottom:.1}M{left:.1} {bottom:.1}L{right:.1} {top:.1}")
        }
        Join::Concat => {
            let (left, right, top) = (x - 3.0, x + 3.0, centre - arm);
            format!("M{left:.1} {top:.1}v{}M{right:.1} {top:.1}v{}", 2.0 * arm, 2.0 * arm)
        }
    };
    let shape = if how == Join::Concat { layer.output.to_string() } else { String::new() };
    let taps = super::what::taps(plan, index + 1);
    let taps = if taps.is_empty() { String::new() } else { format!("tap {}", taps.join(", ")) };
    let label = [shape, taps].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    let _ = writeln!(
        out,
        "<g><title>{}: {how:?} of {}</title><circle cx=\"{x:.1}\" cy=\"{centre:.1}\" r=\"{RADIUS}\" fill=\"#ffffff\" stroke=\"{MUTED}\" \
         stroke-width=\"1.5\"/><path d=\"{sign}\" stroke=\"{INK}\" stroke-width=\"2\" stroke-linecap=\"round\" fill=\"none\"/>",
        escaped(&layer.name),
        escaped(&super::what::what(plan, index)),
    );
    if !label.is_empty() {
        let _ = write!(
            out,
            "<text x=\"{:.1}\" y=\"{:.1}\" fill=\"{MUTED}\" font-size=\"11\">{}</text>",
            x + RADIUS + 6.0,
            centre + 4.0,
            escaped(&label)
        );
    }
    out.push_str("</g>\n");
}

/// Roughly how wide a text is in a sans serif face of this size; rather too wide than too narrow.
fn text_width(text: &str, size: f64) -> f64 {
    let of = |c: char| match c {
        'i' | 'j' | 'l' | '.' | ',' | ':' | ';' | '|' | '\'' | '!' => 0.28,
        ' ' | '(' | ')' | '[' | ']' | 'f' | 't' | 'r' | '-' | '/' => 0.36,
        'm' | 'w' | 'M' | 'W' | '%' | '@' => 0.88,
        'A'..='Z' | '=' | '+' | '<' | '>' | '~' | '√' => 0.68,
        c if c.is_ascii() => 0.57,
        _ => 1.0,
    };
    1.07 * size * text.chars().map(of).sum::<f64>()
}
