//! Lists the numbered `.sql` files, so that none is forgotten. `sqlx::migrate!` does the same, but with
//! it a second copy of sqlx, of its driver and of their dependencies is built, for the macro itself.

use std::{env, error::Error, fs, path::Path};

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=.");
    let mut files: Vec<String> = Vec::new();
    for entry in fs::read_dir(".")? {
        let name = entry?.file_name();
        files.extend(name.to_str().filter(|name| name.ends_with(".sql")).map(str::to_owned));
    }
    files.sort();
    let mut list = String::from("[\n");
    for file in &files {
        let stem = file.trim_end_matches(".sql");
        let (number, description) = stem
            .split_once('_')
            .ok_or_else(|| format!("{file} is not <number>_<description>.sql"))?;
        let version: i64 = number.parse()?;
        let description = description.replace('_', " ");
        let path = Path::new(&env::var("CARGO_MANIFEST_DIR")?).join(file);
        list += &format!("({version}, {description:?}, include_str!({path:?})),\n");
    }
    list += "]\n";
    fs::write(Path::new(&env::var("OUT_DIR")?).join("files.rs"), list)?;
    Ok(())
}
