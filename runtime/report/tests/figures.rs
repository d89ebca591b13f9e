//! The figures as XML: well formed, everything inside, no text over another, as many marks as there is to show.
#![allow(missing_docs)]

mod fixture;

use hetc_report::compare::{Method, compare};
use hetc_report::figure::{self, Figure, palette, text};
use hetc_report::study::{Coordinate, Outcome, Study};
use roxmltree::{Document, Node};

fn figures(study: &Study) -> Vec<Figure> {
    figure::all(study, &compare(study, &Method::BY_SEED))
}

fn figure(study: &Study, name: &str) -> String {
    figures(study).into_iter().find(|figure| figure.name == name).unwrap_or_else(|| panic!("no {name}")).file()
}

/// How many elements have this class.
fn count(svg: &str, class: &str) -> usize {
    let document = Document::parse(svg).unwrap();
    let has = |node: &Node| node.attribute("class").is_some_and(|classes| classes.split(' ').any(|one| one == class));
    document.descendants().filter(has).count()
}

fn number(node: &Node, name: &str) -> f64 {
    node.attribute(name).unwrap_or("0").parse().unwrap_or_else(|_| panic!("{name} of {node:?}"))
}

/// Left, right, top and bottom.
type Edges = (f64, f64, f64, f64);

fn edges(node: &Node) -> Edges {
    let (x, y, size) = (number(node, "x"), number(node, "y"), number(node, "font-size"));
    let wide = text::width(node.text().unwrap_or(""), size);
    let left = match node.attribute("text-anchor") {
        Some("middle") => x - wide / 2.0,
        Some("end") => x - wide,
        _ => x,
    };
    (left, left + wide, y - 0.72 * size, y + 0.2 * size)
}

fn overlap(a: Edges, b: Edges) -> bool {
    a.0 < b.1 && b.0 < a.1 && a.2 < b.3 && b.2 < a.3
}

#[test]
fn texts_lie_inside_and_apart() {
    for (study, name) in
        fixture::all().iter().flat_map(|(name, study)| figures(study).into_iter().map(move |figure| (figure, name)))
    {
        let svg = study.inline();
        let document = Document::parse(&svg).unwrap();
        let root = document.root_element();
        let (wide, tall) = (number(&root, "width"), number(&root, "height"));
        assert_eq!(root.attribute("viewBox"), Some(format!("0 0 {wide} {tall}").as_str()));
        let texts: Vec<(String, Edges)> = root
            .descendants()
            .filter(|node| node.has_tag_name("text"))
            .map(|node| (node.text().unwrap_or("").to_string(), edges(&node)))
            .collect();
        for (index, (text, box_)) in texts.iter().enumerate() {
            assert!(
                box_.0 >= 0.0 && box_.1 <= wide && box_.2 >= -4.0 && box_.3 <= tall,
                "{name}/{}: `{text}` leaves the picture: {box_:?}",
                study.name
            );
            for (other, other_box) in &texts[index + 1..] {
                assert!(!overlap(*box_, *other_box), "{name}/{}: `{text}` lies over `{other}`", study.name);
            }
        }
    }
}

#[test]
fn files_are_whole_pictures_with_finite_numbers() {
    for (name, study) in fixture::all() {
        for figure in figures(&study) {
            let svg = figure.file();
            let document = Document::parse(&svg).unwrap_or_else(|error| panic!("{name}/{}: {error}", figure.name));
            assert!(document.descendants().any(|node| node.has_tag_name("style")));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{name}/{}", figure.name);
            assert!(figure::NAMES.contains(&figure.name.as_str()));
            for mark in document.descendants().filter(|node| node.has_tag_name("circle")) {
                let (x, y) = (number(&mark, "cx"), number(&mark, "cy"));
                let root = document.root_element();
                assert!(
                    x >= 0.0 && x <= number(&root, "width") && y >= 0.0 && y <= number(&root, "height"),
                    "{name}/{}",
                    figure.name
                );
            }
        }
    }
}

#[test]
fn every_run_is_a_dot_and_what_diverged_a_cross() {
    let study = fixture::one_mix();
    let runs: usize = study.groups.iter().map(|group| group.count(Outcome::Finished)).sum();
    assert_eq!((runs, count(&figure(&study, "runs"), "run")), (38, 38));
    let curves = figure(&study, "curves");
    // Two panels of four networks.
    assert_eq!((count(&curves, "curve"), count(&curves, "band"), count(&curves, "cross")), (8, 8, 2));
    let lr = figure(&study, "lr");
    assert_eq!((count(&lr, "curve"), count(&lr, "chosen")), (12, 3));
    assert_eq!(count(&figure(&study, "time"), "bar"), 4);
    assert_eq!(count(&figure(&study, "gains"), "gain"), 2);
}

#[test]
fn a_landscape_has_a_cell_for_every_pair_of_values() {
    let landscape = figure(&fixture::grid(), "landscape");
    assert_eq!((count(&landscape, "cell"), count(&landscape, "empty"), count(&landscape, "cross")), (42, 2, 1));
    assert_eq!(count(&figure(&fixture::grid(), "gains"), "gain"), 80);
}

#[test]
fn pairs_of_cells_make_a_triangle_for_each_setting() {
    let landscape = figure(&fixture::pairs(), "landscape");
    // Every pair of 13 once, at two rates; nothing else is a place.
    assert_eq!((count(&landscape, "cell"), count(&landscape, "empty")), (2 * 78, 0));
    for panel in ["optimiser.lr 0.01<", "optimiser.lr 0.001<", ">ptanh<", ">(0.05)<"] {
        assert!(landscape.contains(panel), "{panel}");
    }
    // Mixes of one family with another are a rectangle, named after their parameters.
    let mut across = fixture::pairs();
    across.groups.retain(|group| group.name.contains("swish") && group.name.contains("ptanh"));
    let landscape = figure(&across, "landscape");
    assert_eq!(count(&landscape, "cell"), 2 * 42);
    assert!(landscape.contains("parameter of swish") && landscape.contains(">7.5<"));
}

#[test]
fn too_many_settings_are_averaged_and_it_is_said() {
    let mut study = fixture::pairs();
    for (index, group) in study.groups.iter_mut().enumerate() {
        group.coordinates.push(("train.batch".to_string(), Coordinate::Number((index % 3) as f64)));
    }
    let drawn = figures(&study).into_iter().find(|figure| figure.name == "landscape").unwrap();
    assert!(drawn.caption.contains("Means over optimiser.lr and train.batch."), "{}", drawn.caption);
}

#[test]
fn lines_by_size_are_one_a_kind_and_setting() {
    let mut study = fixture::sizes();
    let at = |rate: f64| {
        let mut groups = fixture::sizes().groups;
        for group in &mut groups {
            group.name += &format!(", optimiser.lr={rate}");
            group.coordinates.push(("optimiser.lr".to_string(), Coordinate::Number(rate)));
        }
        groups
    };
    study.groups = [at(0.1), at(0.2)].concat();
    let size = figure(&study, "size");
    assert_eq!(count(&size, "curve"), 8, "four kinds of cells at two rates");
    assert!(size.contains("type 1, optimiser.lr 0.2"));
}

#[test]
fn functions_are_lines_or_images_over_time() {
    let study = fixture::learned();
    assert_eq!(count(&figure(&study, "functions"), "curve"), 22);
    assert_eq!(count(&figure(&study, "maps"), "image"), 14);
    assert_eq!(count(&figure(&fixture::sizes(), "size"), "curve"), 4);
}

#[test]
fn an_empty_study_has_no_figures() {
    assert_eq!(figures(&Study::default()), []);
}

#[test]
fn numbers_that_are_none_leave_gaps() {
    let mut study = fixture::one_mix();
    for run in study.groups.iter_mut().flat_map(|group| &mut group.runs) {
        run.epochs[1].train_loss = Some(f64::NAN);
        run.epochs[2].test_accuracy = Some(f64::INFINITY);
        if let Some(curve) = &mut run.lr_curve {
            curve.losses[5] = f64::NAN;
            curve.smoothed[6] = f64::INFINITY;
        }
    }
    study.groups[3].runs[0].value = Some(f64::NAN);
    for figure in figures(&study) {
        let svg = figure.file();
        assert!(Document::parse(&svg).is_ok() && !svg.contains("NaN") && !svg.contains("inf"), "{}", figure.name);
    }
}

#[test]
fn images_are_exact() {
    let svg = figure(&fixture::learned(), "maps");
    let document = Document::parse(&svg).unwrap();
    let has = |node: &Node| node.attribute("class") == Some("image");
    // Rectangles of one image cover its square: areas of `hWvHh-WZ` add up.
    let image = document.descendants().find(has).unwrap();
    let path = |node: &Node| node.attribute("d").map(str::to_string);
    let paths: Vec<String> =
        image.children().filter(|node| node.attribute("class").is_none()).filter_map(|node| path(&node)).collect();
    let area = |rectangle: &str| {
        let (_, rest) = rectangle.split_once('h').unwrap();
        let (wide, rest) = rest.split_once('v').unwrap();
        let (tall, _) = rest.split_once('h').unwrap();
        wide.parse::<f64>().unwrap() * tall.parse::<f64>().unwrap()
    };
    let covered: f64 = paths.iter().flat_map(|path| path.split('M').skip(1)).map(area).sum();
    let frame = image.children().find(|node| node.attribute("class").is_some()).and_then(|node| path(&node)).unwrap();
    assert!((covered / area(&frame) - 1.0).abs() < 0.02, "{covered} of {}", area(&frame));
}

/// sRGB as linear light.
fn linear(hex: &str) -> [f64; 3] {
    [1, 3, 5].map(|at| {
        let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

fn seen(matrix: [[f64; 3]; 3], [r, g, b]: [f64; 3]) -> [f64; 3] {
    matrix.map(|[x, y, z]| (x * r + y * g + z * b).clamp(0.0, 1.0))
}

/// CIE L*a*b* of linear sRGB.
fn lab(rgb: [f64; 3]) -> [f64; 3] {
    let xyz = [[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]];
    let [x, y, z] = xyz.map(|row| row.iter().zip(rgb).map(|(a, b)| a * b).sum::<f64>());
    let f = |t: f64| if t > 0.008856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 };
    let (x, y, z) = (f(x / 0.9505), f(y), f(z / 1.089));
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

// Machado, Oliveira and Fernandes (2009), severity 1: the eyes of one man in twelve.
const EYES: [(&str, [[f64; 3]; 3]); 4] = [
    ("all cones", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]),
    ("no long cones", [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]),
    ("no medium cones", [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]),
    ("no short cones", [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]]),
];

#[test]
fn colours_can_be_told_apart_by_all_eyes() {
    for (eyes, matrix) in EYES {
        for (paper, pick) in [("light", 0), ("dark", 1)] {
            let hex = |index: usize| if pick == 0 { palette::SERIES[index].0 } else { palette::SERIES[index].1 };
            let colours: Vec<[f64; 3]> = (0..8).map(|index| lab(seen(matrix, linear(hex(index))))).collect();
            for a in 0..8 {
                for b in a + 1..8 {
                    let distance = (0..3).map(|i| (colours[a][i] - colours[b][i]).powi(2)).sum::<f64>().sqrt();
                    assert!(distance > 14.0, "{eyes}, {paper}: {} and {} are {distance:.1} apart", hex(a), hex(b));
                }
            }
        }
    }
}

#[test]
fn neighbours_differ_in_grey_and_from_the_paper() {
    for index in 0..8 {
        let grey = |index: usize| lab(linear(palette::SERIES[index].0))[0];
        assert!(grey(index) < 78.0, "{index} is too light: {}", grey(index));
        if index < 7 {
            assert!((grey(index) - grey(index + 1)).abs() > 5.0, "{index}: {} and {}", grey(index), grey(index + 1));
        }
    }
}
