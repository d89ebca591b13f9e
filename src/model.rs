//! A network with weights, wherever it lies: in a run's folder, in a weights file, or in a spec, untrained.

use crate::cli::Trained;
use crate::commands::{open_run, plan_of};
use crate::failure::Failure;
use crate::origin;
use crate::sources::reason;
use crate::terminal::Terminal;
use hetc_compiler::diag::words;
use hetc_compiler::plan::Plan;
use hetc_exchange::names::NameMap;
use hetc_exchange::{import, tensors};
use hetc_runtime::experiment::{Experiment, Member};
use hetc_runtime::init::init;
use hetc_runtime::params::{Table, Weights};
use hetc_runtime::train::model_path;
use hetc_runtime::{Init, Loss, ModelInfo};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// What is subtracted from each channel of a sample scaled to 0 to 1, and what it is then divided by.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Normalisation {
    pub mean: Vec<f32>,
    pub std: Vec<f32>,
}

/// A network with one set of weights.
pub struct Model {
    pub plan: Plan,
    pub weights: Weights,
    pub about: About,
}

/// What a weights file says about itself beyond its tensors; all a later command needs to use it alone.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct About {
    #[serde(flatten)]
    pub info: ModelInfo,
    /// The plan, as in a plan file.
    #[serde(default)]
    pub network: String,
    /// What was subtracted from and divided out of each channel.
    #[serde(default)]
    pub normalise: Option<Normalisation>,
    /// What was minimised; `None` if nothing is known of the training, and of the normalisation neither.
    #[serde(default)]
    pub loss: Option<Loss>,
}

impl Model {
    /// Weights that were trained elsewhere, or not at all.
    pub fn new(plan: Plan, weights: Weights) -> Self {
        let about = About { info: ModelInfo::new(&plan, 0, 0), network: plan.to_text(), normalise: None, loss: None };
        Self { plan, weights, about }
    }

    /// The same, with what is known of the training.
    pub fn trained(mut self, about: About) -> Self {
        let About { info: ModelInfo { seed, epoch, .. }, normalise, loss, .. } = about;
        self.about = About { info: ModelInfo::new(&self.plan, seed, epoch), normalise, loss, ..self.about };
        self
    }

    /// Which network of which training, in words.
    pub fn words(&self) -> String {
        format!(
            "{}, seed {}, after {}",
            self.plan.net,
            self.about.info.seed,
            words::count(self.about.info.epoch as usize, "epoch")
        )
    }
}

/// Every trained network that is meant: of a run one for each finished seed, or that of `--seed`; of a file the one that it holds. `None`
/// if the spec that was named is at fault, which has been shown.
pub fn all(args: &Trained, terminal: &Terminal) -> Result<Option<Vec<Model>>, Failure> {
    if args.model.is_dir() {
        return of_run(args).map(Some);
    }
    let is_spec = args.model.extension().is_some_and(|extension| extension == "net");
    let model = if is_spec { untrained(args, terminal)? } else { of_file(args, terminal)? };
    Ok(model.map(|model| vec![model]))
}

/// The trained network that is meant: of several seeds the first, which a note says.
pub fn one(args: &Trained, terminal: &Terminal) -> Result<Option<Model>, Failure> {
    let Some(mut models) = all(args, terminal)? else { return Ok(None) };
    let seeds = models.len();
    let model = models.swap_remove(0); // there is at least one
    if seeds > 1 {
        terminal.note(&format!("of {seeds} seeds the first is taken, {}; choose with `--seed`", model.about.info.seed));
    }
    Ok(Some(model))
}

fn of_run(args: &Trained) -> Result<Vec<Model>, Failure> {
    let experiment = open_run(&args.model)?;
    let member = member(&experiment, args.net.as_deref())?;
    let (normalise, loss) = origin::trained(&experiment.run_file, experiment.data_folder.as_deref())?;
    let folder = |seed: u64| model_path(&experiment.training_folder(member, seed));
    let wanted = |seed: &u64| args.seed.is_none_or(|wanted| wanted == *seed);
    let there: Vec<u64> = experiment.run_file.seeds.iter().copied().filter(|seed| folder(*seed).is_file()).collect();
    let models: Result<Vec<Model>, Failure> = there
        .iter()
        .filter(|seed| wanted(seed))
        .map(|seed| {
            let (weights, info) =
                hetc_runtime::load_weights(&member.plan, &folder(*seed)).map_err(|error| Failure::new(error.to_string()))?;
            let mut model = Model::new(member.plan.clone(), weights);
            model.about.info = info.unwrap_or_else(|| ModelInfo::new(&member.plan, *seed, 0));
            (model.about.normalise, model.about.loss) = (normalise.clone(), Some(loss));
            Ok(model)
        })
        .collect();
    let models = models?;
    if models.is_empty() {
        let seeds: Vec<String> = there.iter().map(u64::to_string).collect();
        let help = if seeds.is_empty() {
            "no training has come to its end".to_string()
        } else {
            format!("there are seeds {}", seeds.join(", "))
        };
        return Err(Failure::new(format!("`{}` has no such weights of `{}`", args.model.display(), member.title)).help(help));
    }
    Ok(models)
}

fn member<'a>(experiment: &'a Experiment, name: Option<&str>) -> Result<&'a Member, Failure> {
    let Some(name) = name else { return Ok(&experiment.members[0]) }; // the subject
    let known: Vec<&str> = experiment.members.iter().map(|member| member.folder.as_str()).collect();
    experiment
        .members
        .iter()
        .find(|member| member.folder == name || member.title == name)
        .ok_or_else(|| Failure::new(format!("the run has no network `{name}`")).help(format!("it has {}", known.join(", "))))
}

/// The weights that training would start from with `--seed` (1 without it) and nothing said about them.
fn untrained(args: &Trained, terminal: &Terminal) -> Result<Option<Model>, Failure> {
    let seed = args.seed.unwrap_or(1);
    let plan = plan_of(&args.model, args.net.as_deref(), &args.settings.set, terminal)?;
    Ok(plan.map(|plan| {
        let weights = init(&plan, &Table::of(&plan), Init::default(), seed);
        let mut model = Model::new(plan, weights);
        model.about.info.seed = seed;
        model
    }))
}

fn of_file(args: &Trained, terminal: &Terminal) -> Result<Option<Model>, Failure> {
    let file = &args.model;
    let bytes = read(file)?;
    let refuse = |reason: String| Failure::new(format!("`{}` is no file of weights: {reason}", file.display()));
    let tensors = tensors::read(&bytes).map_err(refuse)?;
    let about = about(file, &bytes)?;
    let plan = match (&args.spec, &about, beside(file)) {
        (Some(spec), ..) => plan_of(spec, args.net.as_deref(), &args.settings.set, terminal)?,
        (None, Some(about), _) if !about.network.is_empty() => Some(about.network.clone())
            .map(|text| Plan::from_text(&text))
            .transpose()
            .map_err(|error| refuse(error.to_string()))?,
        (None, _, Some(text)) => Some(Plan::from_text(&text).map_err(|error| refuse(error.to_string()))?),
        _ => {
            let help = "name it with `--spec`";
            return Err(Failure::new(format!("`{}` does not say of which network its weights are", file.display())).help(help));
        }
    };
    let Some(plan) = plan else { return Ok(None) };
    let weights = import::weights(&plan, &tensors, &NameMap::same(&plan)).map_err(|misfits| {
        Failure::new(format!("`{}` does not hold the weights of `{}`:\n{misfits}", file.display(), plan.net))
    })?;
    let model = Model::new(plan, weights);
    let model = if let Some(about) = about { model.trained(about) } else { model };
    if model.about.loss.is_none() {
        terminal.note(&format!(
            "warning: nothing is known of the normalisation and the loss that `{}` was trained with: `hetc predict` takes samples as they are \
             and outputs for those of classes, unless `--mean`, `--std` and `--numbers` say otherwise",
            file.display()
        ));
    }
    Ok(Some(model))
}

/// What a file of weights says about itself; what it does not say of its training, the run that it lies in does. `None` if something else
/// than hetc wrote it.
pub fn about(file: &Path, bytes: &[u8]) -> Result<Option<About>, Failure> {
    let Some(mut about) = tensors::about(bytes).and_then(|about| serde_json::from_value::<About>(about).ok()) else {
        return Ok(None);
    };
    if about.loss.is_none()
        && let Some((normalise, loss)) = origin::of(file)?
    {
        (about.normalise, about.loss) = (normalise, Some(loss));
    }
    Ok(Some(about))
}

/// The plan of the run that the file lies in.
fn beside(file: &Path) -> Option<String> {
    std::fs::read_to_string(std::path::absolute(file).ok()?.parent()?.parent()?.join("plan")).ok()
}

/// A file's bytes.
pub fn read(file: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(file).map_err(|error| Failure::new(format!("cannot read `{}`: {}", file.display(), reason(&error))))
}
