//! The routes of the web server, read from its sources: a test that goes through them also meets those that are added.

use std::path::Path;

/// A work sample that there is none of.
pub const NOBODYS: &str = "ws_00000000000000000000000000000000";

/// The files that name routes.
const FILES: [&str; 6] = [
    "api/mod.rs",
    "pages/candidate/mod.rs",
    "pages/mod.rs",
    "pages/samples/mod.rs",
    "pages/statics.rs",
    "server.rs",
];

/// Every address that takes `method` (`get` or `post`), with [`NOBODYS`] or `1` for what a client fills in.
pub fn routes(method: &str) -> Vec<String> {
    patterns(method).iter().map(|one| filled_in(one)).collect()
}

/// Every address that takes `method` (`get` or `post`), as the source has it: `/messages/{id}`.
pub fn patterns(method: &str) -> Vec<String> {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut found = Vec::new();
    for file in FILES {
        let text = std::fs::read_to_string(web.join(file)).unwrap();
        let scope = match text.split_once("web::scope(\"") {
            Some((_, rest)) => rest.split('"').next().unwrap().to_owned(),
            None => String::new(),
        };
        let mut is_scoped = false;
        // Each piece begins with a path, and ends before the next resource or after the scope's beginning.
        for piece in text.split("web::resource(\"").skip(1) {
            let path = piece.split('"').next().unwrap();
            let prefix = if is_scoped { scope.as_str() } else { "" };
            if piece.contains(&format!("web::{method}()")) {
                found.push(format!("{prefix}{path}"));
            }
            is_scoped |= piece.contains("web::scope(\"");
        }
    }
    found.sort();
    found.dedup();
    assert!(found.len() >= 10, "the sources look different: {found:?}");
    found
}

fn filled_in(path: &str) -> String {
    path.replace("work-samples/{id}", &format!("work-samples/{NOBODYS}"))
        .split('/')
        .map(|part| if part.starts_with('{') { "1" } else { part })
        .collect::<Vec<&str>>()
        .join("/")
}

/// No other file of the web server names a route, or those above would be missed.
#[test]
fn routes_are_named_in_known_files() {
    let web = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/web");
    let mut folders = vec![web.clone()];
    let mut naming = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            let text = text.split("#[cfg(test)]\nmod").next().unwrap();
            if text.contains("web::resource(") {
                let name = path.strip_prefix(&web).unwrap().display().to_string();
                naming.push(name);
            }
        }
    }
    naming.sort();
    // setup.rs is the page of `github setup`, on this machine's own address and for one reader.
    naming.retain(|file| file != "setup.rs");
    assert_eq!(naming, FILES);
}
