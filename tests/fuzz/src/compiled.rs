//! Text → plans.

use super::{SOURCE, planned};
use hetc_compiler::cells::PRELUDE_SOURCE;
use hetc_compiler::{Compilation, Loaded, Loader, compile_with};
use hetc_grammar::span::{SourceId, Span};

/// Parts the text of a spec from the texts of two files: the one that it uses, and the one with points that it reads.
pub const PARTING: char = '\u{c}';

/// A text that is several files.
struct Files<'t>(Vec<&'t str>);

impl Files<'_> {
    fn text(&self, source: SourceId) -> Option<&str> {
        self.0.get((source.0 as usize).checked_sub(SOURCE.0 as usize)?).copied()
    }
}

impl Loader for Files<'_> {
    fn load(&mut self, _: SourceId, path: &str) -> Result<Loaded, String> {
        let place = match path {
            "spec.net" => 0,
            path if path.ends_with(".csv") => 2,
            _ => 1,
        };
        let source = SourceId(SOURCE.0 + place);
        let text = self.text(source).ok_or("no such file")?.to_string();
        Ok(Loaded { source, text })
    }
}

/// Holds for what the compiler makes of any text.
pub fn compile(text: &str) -> Compilation {
    let mut files = Files(text.splitn(3, PARTING).collect());
    let spec = files.0[0];
    let compilation = compile_with(SOURCE, spec, &[], &mut files);
    for diagnostic in &compilation.diagnostics {
        let labels = diagnostic.labels.iter().map(|label| label.span);
        for span in labels.chain(diagnostic.fix.iter().map(|fix| fix.span)) {
            lies_in(&files, span);
        }
        let headline = &diagnostic.headline;
        assert!(!headline.is_empty() && !headline.ends_with('.') && !headline.contains('\n'), "{headline}");
        assert!(!diagnostic.labels.is_empty(), "{headline}");
    }
    for net in &compilation.nets {
        lies_in(&files, net.span);
        net.statements.iter().for_each(|span| lies_in(&files, *span));
        assert!(net.plan.is_some() || compilation.has_errors(), "no plan and no error");
        if let Some(plan) = &net.plan {
            assert_eq!(net.statements.len(), plan.layers.len());
            assert_eq!(net.name, plan.net);
            planned::holds(plan);
        }
    }
    compilation
}

fn lies_in(files: &Files, span: Span) {
    assert_ne!(span.source, PRELUDE_SOURCE, "{span:?}");
    let text = files.text(span.source).unwrap_or_else(|| panic!("{span:?} is in no file"));
    assert!(text.get(span.range()).is_some(), "{span:?} is no part of its text");
}
