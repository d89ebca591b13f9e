//! `hetc explain`: the whole story of a code.

use crate::Status;
use crate::failure::Failure;
use crate::findings::all_codes;
use crate::terminal::Terminal;
use hetc_compiler::diag::Code;
use hetc_compiler::diag::suggest::similar;

pub fn run(code: Option<String>, all: bool, terminal: &Terminal) -> Result<Status, Failure> {
    let codes = all_codes();
    if all {
        terminal.print(&page(&codes));
        return Ok(Status::Fine);
    }
    let Some(wanted) = code else {
        let lines: Vec<String> = codes
            .iter()
            .map(|code| format!("{}  {:<7}  {:<26} {}\n", code.id, code.severity.word(), code.name, code.summary))
            .collect();
        terminal.print(&lines.concat());
        return Ok(Status::Fine);
    };
    match codes
        .iter()
        .find(|code| code.id.eq_ignore_ascii_case(&wanted) || code.id == format!("H{wanted:0>4}") || code.name == wanted)
    {
        Some(code) => {
            terminal.print(code.page);
            Ok(Status::Fine)
        }
        None => {
            let near = similar(&wanted, codes.iter().flat_map(|code| [code.id, code.name]));
            let help =
                near.map_or("`hetc explain` lists all codes".to_string(), |near| format!("a similar one exists: `{near}`"));
            Err(Failure::new(format!("no diagnostic has the code `{wanted}`")).help(help))
        }
    }
}

/// Every code on one page: a table, then each one's story a heading lower.
fn page(codes: &[&Code]) -> String {
    let mut out =
        "<!-- Written by `hetc explain --all`. -->\n\n# Diagnostics\n\n| code | name | severity | what |\n|---|---|---|---|\n"
            .to_string();
    for code in codes {
        out += &format!("| {} | {} | {} | {} |\n", code.id, code.name, code.severity.word(), code.summary);
    }
    for code in codes {
        let mut fenced = false;
        out.push('\n');
        for line in code.page.lines() {
            fenced ^= line.starts_with("```");
            let heading = line.starts_with('#') && !fenced;
            out += &format!("{}{line}\n", if heading { "#" } else { "" });
        }
    }
    out
}
