//! The keys of a user's own files.

use crate::runfile::reader::{Table, Word};
use hetc_compiler::diag::Findings;
use hetc_data::Source;
use hetc_data::arrays::{Arrays, Kind};
use hetc_data::pictures::{Channels, Fit, Pictures};
use hetc_data::request::Folder;

/// The share that is tested on where nothing says it.
const TEST_SHARE: f64 = 0.2;
const FILE: &str = "the name of a file";

/// A folder of image files.
pub fn own_folder(table: &mut Table, findings: &mut Findings) -> Option<Source> {
    let path = table.text("path", "the name of a folder", findings);
    let path = table.required("path", "`path = \"images\"` under `[data]`", path, findings);
    let folder = folder(table, Pictures::default(), TEST_SHARE, findings);
    Some(Source::Folder { path: path?, folder })
}

/// How image files are read, and which are held out.
pub fn folder(table: &mut Table, default: Pictures, test_share: f64, findings: &mut Findings) -> Folder {
    let test_share = table.real("test_share", findings).unwrap_or(test_share);
    Folder { pictures: pictures(table, default, findings), test_share }
}

/// How image files are read.
pub fn pictures(table: &mut Table, default: Pictures, findings: &mut Findings) -> Pictures {
    let words = table.words("fit", "a list of `\"resize 64\"` and `\"centre_crop 64\"` in some order", findings);
    let fit = words.map(|words| {
        let step = |word: &Word| {
            let step: Result<Fit, ()> = word.text.parse();
            if step.is_err() {
                let expected = "`resize 64`, `resize 48x64` (rows first) or `centre_crop 64`, with 1 to 4096 pixels";
                table.bad_item("fit", word, expected, findings);
            }
            step
        };
        words.iter().flat_map(step).collect()
    });
    let channels = table.choice("channels", &[("rgb", Channels::Rgb), ("grey", Channels::Grey)], findings);
    Pictures { fit: fit.unwrap_or(default.fit), channels: channels.unwrap_or(default.channels) }
}

/// Arrays.
pub fn arrays(table: &mut Table, findings: &mut Findings) -> Option<Arrays> {
    let inputs = table.text("inputs", FILE, findings);
    let inputs = table.required("inputs", "`inputs = \"inputs.npy\"` under `[data]`", inputs, findings);
    let arrays = Arrays {
        inputs: inputs.unwrap_or_default(),
        targets: table.text("targets", FILE, findings),
        test_inputs: table.text("test_inputs", FILE, findings),
        test_targets: table.text("test_targets", FILE, findings),
        target_columns: table.whole("target_columns", 1, 1_000_000, findings).map(|count| count as usize),
        class_column: table.text("class_column", "the name of a column", findings),
        targets_are: table.choice("targets_are", &[("classes", Kind::Classes), ("numbers", Kind::Numbers)], findings),
        test_share: table.real("test_share", findings).unwrap_or(TEST_SHARE),
    };
    if arrays.test_inputs.is_none() {
        table.not_for(&["test_targets"], "with `data.test_inputs`", findings);
    }
    if arrays.targets.is_some() || !arrays.inputs.ends_with(".csv") {
        table.not_for(&["target_columns", "class_column"], "for a `.csv` file without `data.targets`", findings);
    } else if arrays.class_column.is_some() {
        table.not_for(&["target_columns"], "without `data.class_column`", findings);
    }
    (!arrays.inputs.is_empty()).then_some(arrays)
}
