use crate::case::{check_each, layer};
use hetc_compiler::plan::Op;
use hetc_compiler::shape::Shape;
use hetc_engine::ops::flatten::Flatten;

#[test]
fn the_plans_order() {
    for (shape, samples) in [(Shape::map(3, 4, 5), 19), (Shape::map(7, 1, 1), 16), (Shape::map(1, 3, 2), 1)] {
        let layer = layer(Op::Flatten, shape, Shape::vector(shape.elements()));
        check_each(&Flatten::new(&layer).unwrap(), &layer, samples, 0.0, <[f64]>::to_vec);
    }
    let other = layer(Op::Dropout { p: 0.5 }, Shape::vector(3), Shape::vector(3));
    assert!(Flatten::new(&other).is_none());
}
