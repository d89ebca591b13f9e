//! The keys of generated sets, under the names and with the defaults of their generators.

use crate::runfile::reader::Table;
use hetc_compiler::diag::Findings;
use hetc_data::mnist1d::Arguments;
use hetc_data::smooth::Field;

/// MNIST-1D's.
pub fn mnist1d(table: &mut Table, findings: &mut Findings) -> Arguments {
    let default = Arguments::default();
    let padding = table.pair("padding", findings);
    let whole = padding.filter(|padding| padding.iter().all(|number| *number >= 0.0 && number.fract() == 0.0));
    if whole != padding {
        table.bad::<()>("padding", "a list of two whole numbers", "a list", findings);
    }
    Arguments {
        num_samples: table.size("num_samples", findings).unwrap_or(default.num_samples),
        train_split: table.real("train_split", findings).unwrap_or(default.train_split),
        template_len: table.size("template_len", findings).unwrap_or(default.template_len),
        padding: whole.map_or(default.padding, |padding| padding.map(|number| number as usize)),
        scale_coeff: table.real("scale_coeff", findings).unwrap_or(default.scale_coeff),
        max_translation: table.size("max_translation", findings).unwrap_or(default.max_translation),
        corr_noise_scale: table.real("corr_noise_scale", findings).unwrap_or(default.corr_noise_scale),
        iid_noise_scale: table.real("iid_noise_scale", findings).unwrap_or(default.iid_noise_scale),
        shear_scale: table.real("shear_scale", findings).unwrap_or(default.shear_scale),
        shuffle_seq: table.flag("shuffle_seq", findings).unwrap_or(default.shuffle_seq),
        final_seq_length: table.size("final_seq_length", findings).unwrap_or(default.final_seq_length),
        seed: table.seed("seed", findings).unwrap_or(default.seed),
    }
}

/// A smooth field's.
pub fn smooth(table: &mut Table, findings: &mut Findings) -> Field {
    let default = Field::default();
    Field {
        inputs: table.size("inputs", findings).unwrap_or(default.inputs),
        range: table.pair("range", findings).unwrap_or(default.range),
        points: table.size("points", findings).unwrap_or(default.points),
        sigma: table.real("sigma", findings).unwrap_or(default.sigma),
        seed: table.seed("seed", findings).unwrap_or(default.seed),
    }
}
