//! Plans.

use hetc_compiler::diff::diff;
use hetc_compiler::emit;
use hetc_compiler::plan::{Cell, Op, Plan, Step};
use hetc_compiler::rewrite::infer;

/// More sites than this are not written out.
const FEW_SITES: u64 = 1 << 16;

/// Networks with more layers are not drawn.
const FEW_LAYERS: usize = 60;

/// Holds for any text: it is no plan, or one that keeps its promise; and as well with its figures set right.
pub fn read(text: &str) {
    if let Ok(plan) = Plan::from_text(text) {
        holds(&plan);
    }
    if let Some(plan) = toml::from_str(text).ok().and_then(mended)
        && plan.verify().is_ok()
    {
        holds(&plan);
    }
}

/// Holds for every plan, wherever it comes from.
pub fn holds(plan: &Plan) {
    plan.verify().unwrap();
    same_when_read(plan);
    shown(plan);
    let is_small = plan.layers.len() <= FEW_LAYERS;
    if is_small {
        assert!(diff(plan, plan).is_empty());
        assert!(emit::dot(plan).ends_with("}\n"));
        assert!(emit::mermaid(plan).contains("subgraph legend"));
        assert!(emit::svg(plan).ends_with("</svg>\n"));
    }
    for control in plan.controls() {
        control.verify().unwrap();
        same_when_read(&control);
        assert!(!is_small || !diff(plan, &control).is_empty());
        if plan.cells.iter().all(|cell| cell.trained.is_empty()) && plan.functions.is_empty() {
            assert_eq!(control.params, plan.params);
        }
    }
}

fn same_when_read(plan: &Plan) {
    assert_eq!(Plan::from_text(&plan.to_text()).as_ref(), Ok(plan));
}

fn shown(plan: &Plan) {
    assert!(emit::table(plan).lines().count() > plan.layers.len());
    for cell in &plan.cells {
        for formula in formulas(cell) {
            assert_eq!(formula.gradient().roots().len(), usize::from(formula.inputs()));
            assert!(formula.eval(&vec![0.5; usize::from(formula.inputs())]).is_nan() || !formula.to_string().is_empty());
        }
    }
    let sites = plan.layers.iter().map(|layer| layer.input.size()).max().unwrap_or(0);
    if sites <= FEW_SITES {
        assert!(emit::ir(plan).lines().count() > plan.layers.len());
    }
}

fn formulas(cell: &Cell) -> impl Iterator<Item = &hetc_compiler::formula::Formula> {
    let steps = cell.steps.iter().flat_map(|step| match step {
        Step::Reduce { of, .. } | Step::Lookup { of, .. } => std::slice::from_ref(of),
        Step::Call { of, .. } => of.as_slice(),
    });
    steps.chain([&cell.formula])
}

/// The plan with shapes, shares and counts that follow from its input, so that a small change of one does not refuse it.
fn mended(mut plan: Plan) -> Option<Plan> {
    for index in 0..plan.layers.len() {
        let sources = plan.sources(index);
        if sources.iter().any(|source| *source > index) {
            return None;
        }
        let inputs: Vec<_> = sources.iter().map(|source| plan.shape(*source)).collect();
        let layer = &mut plan.layers[index];
        layer.input = *inputs.first()?;
        layer.output = infer(&layer.op, &inputs, &layer.output)?;
        let Op::Cells(placement) = &mut layer.op else { continue };
        if placement.shares.iter().any(|share| !(1..=1_000_000).contains(&share.ratio)) {
            return None;
        }
        let counts = placement.layout.counts(&placement.ratio(), &placement.sites(&layer.input)?);
        placement.shares.iter_mut().zip(counts).for_each(|(share, units)| share.units = units);
    }
    plan.output = plan.layers.last()?.output;
    let small = plan.layers.iter().all(|layer| layer.output.size().max(layer.input.size()) <= FEW_SITES);
    if small {
        plan.recount();
    }
    Some(plan)
}
