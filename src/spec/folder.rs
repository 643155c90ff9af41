//! A spec's folder as bytes in memory. The core never touches a disk: the `disk` room reads a folder into this, the
//! store keeps it, and both are the same thing to everybody else.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ids::SpecDigest;

/// A file of a tree: its bytes and whether it may be executed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct File {
    #[serde(with = "base64_bytes")]
    pub bytes: Vec<u8>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub executable: bool,
}

impl File {
    pub fn text(text: impl Into<String>) -> File {
        File {
            bytes: text.into().into_bytes(),
            executable: false,
        }
    }

    pub fn as_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.bytes).ok()
    }
}

/// Files by their path relative to the root, with `/` between the parts; never absolute, never with `..`.
pub type Tree = BTreeMap<String, File>;

/// The whole of a spec folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Folder {
    pub files: Tree,
}

impl Folder {
    /// The files below `directory/`, with that part taken off their paths.
    pub fn below(&self, directory: &str) -> Tree {
        let prefix = format!("{}/", directory.trim_end_matches('/'));
        self.files
            .iter()
            .filter_map(|(path, file)| {
                path.strip_prefix(&prefix)
                    .map(|rest| (rest.to_owned(), file.clone()))
            })
            .collect()
    }

    pub fn text(&self, path: &str) -> Option<&str> {
        self.files.get(path).and_then(File::as_text)
    }

    /// The canonical form that is stored and hashed: JSON with sorted paths. Equal folders give equal bytes.
    pub fn bundle(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    pub fn from_bundle(bytes: &[u8]) -> Result<Folder, serde_json::Error> {
        serde_json::from_slice(bytes)
    }

    pub fn digest(&self) -> SpecDigest {
        SpecDigest::of(&self.bundle())
    }
}

mod base64_bytes {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub fn serialize<S: Serializer>(bytes: &[u8], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&STANDARD.encode(bytes))
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<u8>, D::Error> {
        let text = String::deserialize(deserializer)?;
        STANDARD.decode(text).map_err(D::Error::custom)
    }
}
