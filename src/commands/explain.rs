//! `hetc explain`: the whole story of a code.

use crate::Status;
use crate::findings::all_codes;
use crate::terminal::{Failure, Terminal};
use hetc_compiler::diag::suggest::similar;

pub fn run(code: Option<String>, terminal: &Terminal) -> Result<Status, Failure> {
    let codes = all_codes();
    let Some(wanted) = code else {
        let lines: Vec<String> =
            codes.iter().map(|code| format!("{}  {:<7}  {:<26} {}\n", code.id, code.severity.word(), code.name, code.summary)).collect();
        terminal.print(&lines.concat());
        return Ok(Status::Fine);
    };
    match codes.iter().find(|code| code.id.eq_ignore_ascii_case(&wanted) || code.name == wanted) {
        Some(code) => {
            terminal.print(code.page);
            Ok(Status::Fine)
        }
        None => {
            let near = similar(&wanted, codes.iter().flat_map(|code| [code.id, code.name]));
            let help = near.map_or("`hetc explain` lists all codes".to_string(), |near| format!("a similar one exists: `{near}`"));
            Err(Failure::new(format!("no diagnostic has the code `{wanted}`")).help(help))
        }
    }
}
