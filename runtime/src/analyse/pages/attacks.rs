//! Robust accuracies.

use super::{by_network, head, percent};
use crate::analyse::Record;
use crate::analyse::attacks::Robust;
use hetc_report::looks::{Look, Table};

pub fn look(records: &[Record<Robust>]) -> Option<Look> {
    let first = &records.first()?.finding;
    let names: Vec<&str> = first.after.iter().map(|(name, _)| name.as_str()).collect();
    let mut columns = head(["network", "runs", "clean (%)"]);
    columns.extend(names.iter().map(|name| format!("after {name} (%)")));
    let row = |(network, own): (&str, Vec<&Record<Robust>>)| {
        let mut cells = vec![network.to_string(), own.len().to_string(), percent(own.iter().map(|record| record.finding.clean))];
        for place in 0..names.len() {
            cells.push(percent(own.iter().filter_map(|record| record.finding.after.get(place).map(|(_, part)| *part))));
        }
        cells
    };
    let text = format!(
        "Accuracy on {} test images under white-box attacks in evaluation, one after the other, each on what is still right; pixels are from 0 \
         to 1. The last column is the robust accuracy.",
        first.samples
    );
    let table = Table { head: columns, rows: by_network(records).into_iter().map(row).collect() };
    Some(Look { title: "Attacks".to_string(), text: vec![text], tables: vec![table], pictures: Vec::new() })
}
