//! The specs that this repository ships.

use std::path::Path;

use worksample::disk::read_folder;
use worksample::spec::check_as;

#[test]
fn the_shipped_specs_have_neither_an_error_nor_a_warning() {
    let specs = Path::new(env!("CARGO_MANIFEST_DIR")).join("specs");
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(&specs).unwrap() {
        let dir = entry.unwrap().path();
        let name = dir.file_name().unwrap().to_str().unwrap().to_owned();
        let problems = check_as(&read_folder(&dir).unwrap(), &name);
        let told: Vec<String> = problems.iter().map(ToString::to_string).collect();
        assert!(told.is_empty(), "{name}:\n{}", told.join("\n"));
        seen.push(name);
    }
    assert!(
        seen.iter().any(|name| name == "order-idempotency"),
        "{seen:?}"
    );
}
