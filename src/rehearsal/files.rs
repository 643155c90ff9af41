//! What a script writes into a clone.

use std::path::Path;

use super::RehearsalError;
use crate::disk;
use crate::spec::{File, Tree};

/// What a write step writes.
pub(super) struct Content {
    pub(super) path: String,
    pub(super) text: Option<String>,
    pub(super) from: Option<String>,
    pub(super) executable: Option<bool>,
}

/// Writes a step's content into a clone.
pub(super) fn write(
    folder: &crate::spec::Folder,
    clone: &Path,
    content: Content,
) -> Result<(), RehearsalError> {
    let Content {
        path,
        text,
        from,
        executable,
    } = content;
    let mut tree = Tree::new();
    match (text, from) {
        (Some(text), _) => {
            tree.insert(path, File::text(text));
        }
        (None, Some(from)) => match folder.files.get(&from) {
            Some(file) => {
                tree.insert(path, file.clone());
            }
            None => {
                let base = if path == "." {
                    String::new()
                } else {
                    format!("{path}/")
                };
                for (below, file) in folder.below(&from) {
                    tree.insert(format!("{base}{below}"), file);
                }
            }
        },
        (None, None) => {}
    }
    if tree.is_empty() {
        return Err(RehearsalError::Api(
            "there is nothing to write: `from` names nothing in the spec folder".into(),
        ));
    }
    for file in tree.values_mut() {
        file.executable = executable.unwrap_or(file.executable);
    }
    Ok(disk::write_tree(clone, &tree)?)
}
