//! What a record expands to stays short enough to be read.

use std::{
    env, fs,
    io::Write as _,
    process::{Command, Stdio},
};

use quote::quote;

use super::*;

/// The most lines that the expansion of a record has: a description, two functions, names of fields.
const MAX_LINES: usize = 60;
const GOLDEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/record_expanded.txt");

fn formatted(code: &TokenStream) -> String {
    let mut rustfmt = Command::new("rustfmt")
        .args(["--edition", "2024", "--config", "max_width=200,use_small_heuristics=Max"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    rustfmt.stdin.take().unwrap().write_all(code.to_string().as_bytes()).unwrap();
    String::from_utf8(rustfmt.wait_with_output().unwrap().stdout).unwrap()
}

/// `UPDATE_EXPANDED=1` writes the file.
#[test]
fn a_record_expands_to_what_is_written_down_and_to_few_lines() {
    let expanded = expand(quote! {
        /// Who sells to us.
        #[derive(Clone, Debug, PartialEq, Record)]
        #[record(kind = "supplier", table = "suppliers", id = SupplierId("sup"),
            path = "purchasing/suppliers", module = "purchasing", read = StockRead,
            create = ItemCreate, update = ItemUpdate, archive, audience = READERS)]
        pub struct Supplier {
            /// The short code that orders name it by.
            #[field(unique, filter, sort)]
            pub code: Code,
            /// Its name.
            #[field(filter, sort)]
            pub name: Name,
            /// Where orders are sent.
            #[field(filter)]
            pub email: Option<Email>,
            /// Whether anything may be ordered from it.
            #[field(filter, default = true)]
            pub active: bool,
        }
    });
    let expanded = formatted(&expanded.unwrap());
    if env::var_os("UPDATE_EXPANDED").is_some() {
        fs::write(GOLDEN, &expanded).unwrap();
    }
    assert_eq!(expanded, fs::read_to_string(GOLDEN).unwrap());
    assert!(expanded.lines().count() <= MAX_LINES, "{}", expanded.lines().count());
}

#[test]
fn what_is_lacking_is_told() {
    let lacking = expand(quote! {
        /// A thing.
        #[record(kind = "thing", id = ThingId)]
        struct Thing {
            /// Its name.
            #[field(sort)]
            name: Name,
        }
    });
    let told = lacking.unwrap().to_string();
    for word in ["table", "path", "read", "create", "update", "audience"] {
        assert!(told.contains(&format!("say `{word}` in #[record(…)]")), "{word}");
    }
    for wrong in [
        quote!(
            enum Thing {}
        ),
        quote!(
            struct Thing(u8);
        ),
    ] {
        assert!(expand(wrong).is_err());
    }
}
