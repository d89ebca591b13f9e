//! Validation splits and subsets, beside the choice that numpy's stream gives (`oracle/make_sets.py`).

use hetc_data::{DataErrorKind, Dataset, Pixels, Portions, Split, Targets, Task, Validation};
use serde_json::Value;

fn list(value: &Value) -> Vec<usize> {
    value.as_array().unwrap().iter().map(|x| x.as_u64().unwrap() as usize).collect()
}

fn facts() -> Value {
    serde_json::from_str::<Value>(include_str!("oracle/sets/facts.json")).unwrap()["portions"].clone()
}

/// Sample `i` is the number `i`.
fn split(labels: &[usize]) -> Split {
    let inputs = Pixels::Floats((0..labels.len()).map(|at| at as f32).collect());
    Split { inputs, targets: Targets::Classes(labels.iter().map(|&label| label as u16).collect()) }
}

fn data(labels: &[usize]) -> Dataset {
    Dataset {
        name: "made".into(),
        train: split(labels),
        validation: Split::default(),
        test: split(&[1, 0]),
        task: Task::Classes(5),
        sample: vec![1],
        source: "made".into(),
    }
}

fn indices(split: &Split) -> Vec<usize> {
    let Pixels::Floats(floats) = &split.inputs else { panic!() };
    floats.iter().map(|&x| x as usize).collect()
}

fn made(portions: Portions) -> Dataset {
    let mut data = data(&list(&facts()["labels"]));
    portions.apply(&mut data).unwrap();
    data
}

fn portions() -> Portions {
    Portions { split_seed: 3, ..Portions::default() }
}

#[test]
fn validation_has_the_shares_of_the_whole_and_a_subset_as_many_of_each() {
    let (facts, labels) = (facts(), list(&facts()["labels"]));
    let made = made(Portions { validation: Some(Validation::Count(20)), subset: Some(40), ..portions() });
    assert_eq!(indices(&made.validation), list(&facts["validation"]));
    assert_eq!(indices(&made.train), list(&facts["train"]));
    assert_eq!(made.validation.histogram(5), list(&facts["quotas"]));
    assert_eq!(made.train.histogram(5), list(&facts["equal"]));
    assert!(indices(&made.train).iter().all(|index| !indices(&made.validation).contains(index)));
    let classes = |split: &Split| split.targets.classes().unwrap().iter().map(|&class| class.into()).collect::<Vec<usize>>();
    for part in [&made.train, &made.validation] {
        assert_eq!(classes(part), indices(part).iter().map(|&index| labels[index]).collect::<Vec<usize>>());
    }
    assert_eq!(made.test, split(&[1, 0]));
    let words = "made; 20 training samples kept for validation (stratified, seed 3); 40 of 77 training samples (classes balanced, seed 3)";
    assert_eq!(made.source, words);
    let few = self::made(Portions { subset: Some(4), ..portions() });
    assert_eq!(few.source, "made; 4 of 97 training samples (seed 3)", "five classes cannot be balanced in four samples");
}

#[test]
fn without_classes_the_choice_is_plain() {
    let plain = list(&facts()["plain"]);
    let made = made(Portions { validation: Some(Validation::Count(20)), stratified: false, ..portions() });
    assert_eq!((indices(&made.validation), made.train.len()), (plain.clone(), 77));
    let mut numbers = data(&list(&facts()["labels"]));
    numbers.train.targets = Targets::Values { width: 1, values: vec![0.5; 97] };
    numbers.task = Task::Values(1);
    Portions { validation: Some(Validation::Share(0.2)), ..portions() }.apply(&mut numbers).unwrap();
    assert_eq!(indices(&numbers.validation).len(), 19);
}

#[test]
fn shares_round_and_the_test_split_can_be_named() {
    assert_eq!(made(Portions { validation: Some(Validation::Share(0.1)), ..portions() }).validation.len(), 10);
    let made = made(Portions { validation: Some(Validation::Test), ..portions() });
    assert_eq!((made.validation, made.train.len()), (made.test, 97));
    assert_eq!(made.source, "made; validation is the test split itself");
}

#[test]
fn another_seed_chooses_others_and_the_same_the_same() {
    let chosen =
        |split_seed| indices(&made(Portions { validation: Some(Validation::Count(20)), split_seed, ..portions() }).validation);
    assert_eq!(chosen(4), chosen(4));
    assert_ne!(chosen(4), chosen(5));
}

#[test]
fn a_subset_takes_all_of_small_classes() {
    let mut small = data(&[0, 0, 0, 0, 0, 0, 1, 2, 2, 3, 3, 3, 4, 4, 4, 4]);
    Portions { subset: Some(13), ..portions() }.apply(&mut small).unwrap();
    assert_eq!(small.train.histogram(5), [4, 1, 2, 3, 3]);
}

#[test]
fn parts_that_cannot_be_are_refused() {
    let labels = list(&facts()["labels"]);
    let wrong = [
        Portions { subset: Some(98), ..portions() },
        Portions { subset: Some(0), ..portions() },
        Portions { validation: Some(Validation::Count(97)), ..portions() },
        Portions { validation: Some(Validation::Share(0.999)), ..portions() },
        Portions { validation: Some(Validation::Count(57)), subset: Some(41), ..portions() },
    ];
    for portions in wrong {
        assert_eq!(portions.apply(&mut data(&labels)).unwrap_err().kind(), DataErrorKind::Portion, "{portions:?}");
    }
}
