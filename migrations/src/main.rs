//! Prints what a migration needs to say.
//!
//! ```sh
//! cargo run -p erp-migrations -- draft phase_definition
//! ```

use std::process::ExitCode;

use erp_core::record::kinds;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [verb, name] = arguments.as_slice() else { return usage() };
    let kind = kinds().find(|kind| kind.name == name.as_str());
    match (verb.as_str(), kind) {
        ("draft", Some(kind)) => {
            print!("{}", erp_migrations::draft(kind));
            ExitCode::SUCCESS
        }
        ("draft", None) => {
            let known: Vec<_> = kinds().map(|kind| kind.name).collect();
            eprintln!("no kind of record is called {name}; there are {}", known.join(", "));
            ExitCode::FAILURE
        }
        _ => usage(),
    }
}

fn usage() -> ExitCode {
    eprintln!("usage: erp-migrations draft KIND");
    ExitCode::FAILURE
}
