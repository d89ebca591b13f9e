//! Plans out of plans: shapes that follow, selectors, replacements, and the baselines of Yoon et al. 2021.

mod common;

use common::draw::{Draw, act, conv, efficientnet, learned, placement, resnet, yoon};
use hetc_compiler::cells::Catalogue;
use hetc_compiler::layout::Layout;
use hetc_compiler::plan::{Join, Op, Plan, PoolKind, Word};
use hetc_compiler::rewrite::{
    Changes, Keep, MatchError, NoSites, Part, Replacement, Rewritten, Rule, Selector, Solved, Which, match_params, sites,
};
use hetc_compiler::shape::Shape;

fn all(plan: &Plan) -> Vec<usize> {
    sites(plan, &Selector::whole(Which::All)).unwrap()
}

fn with_relu(plan: Plan) -> Rewritten {
    let mut rewritten = Rewritten::new(plan);
    let all = all(&rewritten.plan);
    rewritten.replace(&all, Keep::Outputs, |_, _| Some(act("relu"))).unwrap();
    rewritten
}

fn inner(args: u8) -> Replacement {
    let (function, cell) = learned("inner1", args, &[64, 64]);
    let catalogue = Catalogue { functions: vec![function], cells: vec![cell], ..Catalogue::default() };
    Replacement { placement: placement(Word::Inner, args, 1), catalogue }
}

/// Nothing changed, nothing follows: the same plan.
#[test]
fn rebuilding_without_changes_changes_nothing() {
    let mut plans = common::plans_of(&common::spec_files());
    plans.extend([yoon(784, 2), resnet("resnet", 16, 6)]);
    for plan in plans {
        assert_eq!(plan.rebuild(&Changes::default()).unwrap(), plan);
    }
}

#[test]
fn shapes_follow_a_width() {
    let plan = common::plans_of(&[common::from_root("specs/sticknet8.net")]).remove(0);
    let changes = Changes { widths: [(3, 20), (8, 64)].into(), ..Changes::default() };
    let wider = plan.rebuild(&changes).unwrap();
    let shapes: Vec<String> = wider.layers.iter().map(|layer| layer.output.to_string()).collect();
    assert_eq!(shapes[3..], ["20x16x16", "20x16x16", "20x8x8", "20x7x7", "980", "64", "64", "64", "128", "128", "128", "10"]);
    let Op::Cells(placement) = &wider.layers[4].op else { panic!() };
    assert_eq!(placement.shares.iter().map(|share| share.units).collect::<Vec<_>>(), [10, 10]);
}

#[test]
fn an_input_that_is_a_vector_needs_no_flatten_and_a_map_gets_one() {
    let mut draw = Draw::new("net", Shape::map(1, 28, 28));
    draw.dense(10);
    let flat = draw.finish().rebuild(&Changes { input: Some(Shape::vector(784)), ..Changes::default() }).unwrap();
    assert_eq!(flat.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), ["dense1"]);
    let map = flat.rebuild(&Changes { input: Some(Shape::map(1, 28, 28)), ..Changes::default() }).unwrap();
    assert_eq!(map.layers.iter().map(|layer| layer.name.as_str()).collect::<Vec<_>>(), ["flatten1", "dense1"]);
    assert_eq!(flat.params, map.params);
}

#[test]
fn depthwise_convolutions_stay_depthwise_and_groups_must_divide() {
    let mut draw = Draw::new("net", Shape::map(3, 8, 8));
    draw.conv(12, 3, 1);
    draw.depthwise(3, 1);
    let here = draw.here();
    draw.read(&[here], conv(1, 0, 1, 4), Shape::map(8, 1, 1));
    let plan = draw.finish();
    let wider = plan.rebuild(&Changes { widths: [(0, 20)].into(), ..Changes::default() }).unwrap();
    assert!(matches!(wider.layers[2].op, Op::Conv { groups: 20, .. }));
    let error = plan.rebuild(&Changes { widths: [(0, 18)].into(), ..Changes::default() }).unwrap_err();
    assert_eq!(error.to_string(), "layer `conv3`: 4 groups do not divide 18x8x8 and 8 channels");
}

#[test]
fn what_joins_must_still_fit() {
    let plan = resnet("resnet", 16, 2);
    let error = plan.rebuild(&Changes { widths: [(0, 17)].into(), ..Changes::default() }).unwrap_err();
    assert_eq!(error.to_string(), "layer `join1`: 16x32x32 and 17x32x32 cannot be joined");
}

#[test]
fn selectors() {
    let plan = common::plans_of(&[common::from_root("specs/vgg11.net")]).remove(0);
    let found = |which: Which, part: Part| {
        let names = sites(&plan, &Selector { which, part });
        names.map(|found| found.iter().map(|index| plan.layers[*index].name.clone()).collect::<Vec<_>>().join(" "))
    };
    assert_eq!(found(Which::Conv, Part::Whole).unwrap(), "act1 act2 act3 act4 act5 act6 act7 act8");
    assert_eq!(found(Which::Dense, Part::Whole).unwrap(), "act9 act10");
    assert_eq!(found(Which::Conv, Part::FirstHalf).unwrap(), "act1 act2 act3 act4");
    assert_eq!(found(Which::Dense, Part::LastHalf).unwrap(), "act10");
    assert_eq!(found(Which::Word(Word::Act), Part::Nth(3)).unwrap(), "act3");
    assert_eq!(found(Which::Word(Word::Act), Part::Nth(11)), Err(NoSites::Only(10)));
    assert_eq!(found(Which::Word(Word::Act), Part::Nth(0)), Err(NoSites::Only(10)));
    assert_eq!(found(Which::Word(Word::Inner), Part::FirstHalf), Err(NoSites::None));
    assert_eq!(found(Which::Word(Word::Inner), Part::Nth(1)), Err(NoSites::None));
    assert_eq!(found(Which::Tap("stem".into()), Part::Whole), Err(NoSites::NoTap(vec![])));
}

#[test]
fn odd_halves_round_up_and_taps_name_sites() {
    let mut draw = Draw::new("net", Shape::map(3, 8, 8));
    for _ in 0..3 {
        draw.conv(4, 3, 1);
        draw.pool(1);
        draw.act("relu");
    }
    draw.tap("end");
    draw.pool(2);
    draw.tap("small");
    let plan = draw.finish();
    let found = |which, part| sites(&plan, &Selector { which, part });
    assert_eq!(found(Which::Conv, Part::FirstHalf), Ok(vec![3, 7]));
    assert_eq!(found(Which::Conv, Part::LastHalf), Ok(vec![7, 11]));
    assert_eq!(found(Which::Tap("end".into()), Part::Whole), Ok(vec![11]));
    assert_eq!(found(Which::Tap("small".into()), Part::Whole), Err(NoSites::NotBehind(Some("pool4".into()))));
}

#[test]
fn replacing_keeps_outputs_or_inputs() {
    let kept = |keep: Keep| {
        let mut rewritten = Rewritten::new(yoon(784, 2));
        let all = all(&rewritten.plan);
        rewritten.replace(&all, keep, |_, _| Some(act("relu"))).unwrap();
        rewritten.plan
    };
    let names = |plan: &Plan| plan.layers.iter().map(|layer| format!("{} {}", layer.name, layer.output)).collect::<Vec<_>>();
    assert_eq!(names(&kept(Keep::Outputs))[..4], ["dense1 64", "norm1 64", "act1 64", "dropout1 64"]);
    assert_eq!(names(&kept(Keep::Inputs))[..4], ["dense1 128", "norm1 128", "act1 128", "dropout1 128"]);
    assert!(kept(Keep::Outputs).functions.is_empty());
}

#[test]
fn a_replacement_brings_its_functions() {
    let mut rewritten = with_relu(yoon(784, 2));
    let all = all(&rewritten.plan);
    rewritten.replace(&all[1..], Keep::Outputs, |_, _| Some(inner(3))).unwrap();
    assert_eq!(rewritten.plan.functions.len(), 1);
    assert_eq!(rewritten.plan.layers[4].output, Shape::vector(192));
    assert_eq!(rewritten.plan.layers[6].name, "inner1");
    assert_eq!(
        rewritten.sites.iter().map(|site| (site.layer, site.args, site.outputs)).collect::<Vec<_>>(),
        [(2, 2, 64), (6, 2, 64), (10, 2, 64)]
    );
}

#[test]
fn two_different_things_of_one_name_get_two() {
    let mut rewritten = Rewritten::new(yoon(784, 2));
    rewritten.replace(&[2], Keep::Outputs, |_, _| Some(inner(3))).unwrap();
    let names: Vec<&str> = rewritten.plan.functions.iter().map(|function| function.name.as_str()).collect();
    assert_eq!(names, ["inner1", "inner1 #2"]);
    assert_eq!(rewritten.plan.cells.len(), 2);
}

#[test]
fn replacements_that_do_not_fit() {
    let plan = common::plans_of(&[common::from_root("specs/sticknet8.net")]).remove(0);
    let fails = |keep: Keep, by: Replacement| {
        let mut rewritten = Rewritten::new(plan.clone());
        let error = rewritten.replace(&[1], keep, |_, _| Some(by.clone())).unwrap_err();
        assert_eq!(rewritten.plan, plan, "nothing changes if it fails");
        error.to_string()
    };
    assert_eq!(
        fails(Keep::Inputs, inner(3)),
        "layer `act1`: its cells take 3 units each, which does not divide those of 8x32x32"
    );
    let mut cell = act("relu");
    cell.placement.shares[0].cell = 1;
    assert_eq!(fails(Keep::Outputs, cell), "layer `act1`: its new cells are not whole");
    let mut first = Draw::new("net", Shape::vector(4));
    first.act("relu");
    let mut rewritten = Rewritten::new(first.finish());
    let error = rewritten.replace(&[0], Keep::Outputs, |_, _| Some(inner(2))).unwrap_err();
    assert!(error.reason.contains("no `conv` or `dense` stands before it"), "{error}");
}

/// Yoon et al. 2021 with the counts of the real networks: `facts` section 3.5 of the project's notes, computed with PyTorch.
#[test]
fn baselines_of_yoon() {
    for (input, args, real, relu, beta, count) in [
        (784, 1, 63_563, 59_210, 4, 63_454),
        (784, 2, 122_187, 87_940, 28, 121_904),
        (784, 3, 180_811, 111_880, 51, 180_169),
        (3072, 1, 209_995, 205_642, 1, 208_985),
        (3072, 2, 415_051, 293_860, 34, 413_302),
        (3072, 3, 620_107, 363_560, 70, 620_110),
    ] {
        let plan = yoon(input, args);
        assert_eq!(plan.params, real);
        let width = f64::from(args).sqrt() * 64.0;
        let unsolved = plan_of_width(input, width.floor() as usize);
        assert_eq!(unsolved.params, relu);
        let matched = match_params(&with_relu(plan), real, Rule::Sites, 0.01).unwrap();
        assert_eq!((matched.solved, matched.count), (Solved::Beta(beta), count), "{input} {args}");
        assert_eq!(matched.plan, Plan { net: "two_arg".into(), ..plan_of_width(input, width.floor() as usize + beta as usize) });
    }
}

/// The same stack with relu.
fn plan_of_width(input: usize, width: usize) -> Plan {
    let unchanged = with_relu(yoon(input, 2)).plan;
    let widths = [(0, width), (4, width), (8, width)].into();
    unchanged.rebuild(&Changes { widths, ..Changes::default() }).unwrap()
}

#[test]
fn the_report_of_a_baseline() {
    let plan = yoon(784, 2);
    let matched = match_params(&with_relu(plan.clone()), plan.params, Rule::Sites, 0.01).unwrap();
    insta::assert_snapshot!(matched.report("matched", "two_arg"));
    let matched = match_params(&with_relu(plan.clone()), plan.params, Rule::All, 0.01).unwrap();
    insta::assert_snapshot!(matched.report("matched", "two_arg"));
}

#[test]
fn too_narrow_a_tolerance_gives_the_nearest() {
    let plan = yoon(784, 2);
    let error = match_params(&with_relu(plan.clone()), plan.params, Rule::Sites, 1e-4).unwrap_err();
    let MatchError::NotMatched { nearest, held: None } = error else { panic!("{error:?}") };
    assert_eq!(nearest.count, 121_904);
}

#[test]
fn by_sites_the_widths_stay_multiples_of_the_cells_values() {
    let plan = yoon(784, 2);
    let mut rewritten = Rewritten::new(plan.clone());
    let all = all(&plan);
    rewritten.replace(&all, Keep::Outputs, |_, _| Some(inner(3))).unwrap();
    assert_eq!(rewritten.plan.functions.len(), 1);
    let matched = match_params(&rewritten, plan.params, Rule::Sites, 0.01).unwrap();
    assert!(matched.widths.iter().all(|width| width.after.is_multiple_of(3) && width.site.unwrap().after * 3 == width.after));
}

/// A mix of two-value cells in a residual network: by its sites alone the joins do not fit, by one factor they do.
#[test]
fn one_factor_for_all_widths_keeps_joins() {
    let plan = resnet("resnet", 16, 4);
    let rewritten = with_relu(plan.clone());
    for (target, rule) in [(plan.params / 3, Rule::All), (plan.params * 5, Rule::All)] {
        let matched = match_params(&rewritten, target, rule, 0.01).unwrap();
        matched.plan.verify().unwrap();
    }
    let error = match_params(&rewritten, plan.params * 5, Rule::Sites, 0.01).unwrap_err();
    let MatchError::NotMatched { held: Some(held), .. } = error else { panic!("{error}") };
    assert_eq!(held.layer.as_deref(), Some("join1"));
}

#[test]
fn one_factor_carries_depthwise_convolutions_and_groups_along() {
    let blocks = [(1, 16, 3, 1), (6, 24, 3, 2), (6, 24, 3, 1), (6, 40, 5, 2)];
    let plan = efficientnet("effnet", Shape::map(3, 32, 32), 32, &blocks, 320);
    let matched = match_params(&with_relu(plan.clone()), plan.params / 2, Rule::All, 0.01).unwrap();
    matched.plan.verify().unwrap();
    let depthwise = |plan: &Plan| {
        let is = |op: &Op, units: usize| matches!(op, Op::Conv { groups, .. } if *groups == units);
        plan.layers.iter().filter(|layer| is(&layer.op, layer.input.units())).count()
    };
    assert_eq!(depthwise(&matched.plan), 4);
}

#[test]
fn nothing_to_solve() {
    let plan = yoon(784, 2);
    let error = match_params(&Rewritten::new(plan), 1, Rule::Sites, 0.01).unwrap_err();
    assert_eq!(error, MatchError::NothingToSolve);
}

/// Whatever is asked, it ends, and what comes out is whole.
#[test]
fn far_targets_end() {
    let rewritten = with_relu(yoon(784, 2));
    for target in [0, 1, 1 << 40, u64::MAX] {
        for rule in [Rule::Sites, Rule::All] {
            let Err(MatchError::NotMatched { nearest, .. }) = match_params(&rewritten, target, rule, 0.01) else {
                panic!("{target}")
            };
            nearest.plan.verify().unwrap();
        }
    }
}

#[test]
fn inference_leaves_nothing_out() {
    use hetc_compiler::rewrite::infer;
    let pool = Op::AdaptivePool { kind: PoolKind::Avg };
    assert_eq!(infer(&pool, &[Shape::map(5, 8, 8)], &Shape::map(1, 7, 6)), Some(Shape::map(5, 7, 6)));
    assert_eq!(infer(&pool, &[Shape::vector(5)], &Shape::map(1, 7, 6)), None);
    assert_eq!(infer(&Op::Dense { bias: true }, &[Shape::map(1, 2, 2)], &Shape::vector(3)), None);
    assert_eq!(infer(&Op::Flatten, &[], &Shape::vector(3)), None);
    let concat = Op::Join { how: Join::Concat };
    assert_eq!(infer(&concat, &[Shape::map(1, 2, 2), Shape::map(3, 2, 2)], &Shape::vector(3)), Some(Shape::map(4, 2, 2)));
    let mut pairs = placement(Word::Act, 2, 1);
    pairs.layout = Layout::Block;
    assert_eq!(infer(&Op::Cells(pairs.clone()), &[Shape::vector(6)], &Shape::vector(1)), Some(Shape::vector(3)));
    assert_eq!(infer(&Op::Cells(pairs), &[Shape::vector(5)], &Shape::vector(1)), None);
}
