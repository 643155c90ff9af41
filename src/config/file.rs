//! The settings that `worksample github setup` wrote: a file in the data folder, below the environment. One `NAME=value` a
//! line; empty lines and lines that begin with `#` are passed over.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use super::{
    DATA_DIR, DOCUMENTED, GITHUB_APP_ID, GITHUB_APP_KEY_FILE, GITHUB_TOKEN, SettingError, Source,
    secret::Place,
};

/// The file's name in the data folder.
pub const FILE: &str = "worksample.env";

/// Settings from one source, and where it has none from another.
pub struct Layered<'a> {
    above: &'a dyn Source,
    below: BTreeMap<String, String>,
    /// The file that `below` is from.
    path: PathBuf,
}

impl<'a> Layered<'a> {
    /// The environment (or what stands for it), with the data folder's file below.
    ///
    /// # Errors
    /// A file that cannot be read, or a line in it that is no setting.
    pub fn open(above: &'a dyn Source, data_dir: &Path) -> Result<Self, SettingError> {
        Ok(Layered {
            above,
            below: read(data_dir)?,
            path: data_dir.join(FILE),
        })
    }

    /// Is it one of the App's in the file, where the environment says that we come with a token? Who we are is chosen as a
    /// whole.
    fn is_out_of_force(&self, name: &str) -> bool {
        let above = |name: &str| self.above.value(name).is_some();
        let token = || above(GITHUB_TOKEN) || above(&format!("{GITHUB_TOKEN}_FILE"));
        let app = || above(GITHUB_APP_ID) || above(GITHUB_APP_KEY_FILE);
        matches!(name, GITHUB_APP_ID | GITHUB_APP_KEY_FILE) && token() && !app()
    }

    /// The environment alone.
    pub fn without_file(above: &'a dyn Source) -> Self {
        Layered {
            above,
            below: BTreeMap::new(),
            path: PathBuf::new(),
        }
    }
}

impl Source for Layered<'_> {
    fn set(&self, name: &str) -> Option<(OsString, Place)> {
        if self.is_out_of_force(name) {
            return self.above.set(name);
        }
        // A secret by file in the environment also stands before a plain one in the file below.
        let by_file = || self.above.set(&format!("{name}_FILE")).is_some();
        self.above.set(name).or_else(|| {
            let below = self.below.get(name).filter(|_| !by_file())?;
            Some((below.into(), Place::SettingsFile(self.path.clone())))
        })
    }

    // Of a setting that is no secret, an empty value in the environment counts as none.
    fn value(&self, name: &str) -> Option<String> {
        if self.is_out_of_force(name) {
            return self.above.value(name);
        }
        // A secret by file in the environment also stands before a plain one in the file below.
        let by_file = || self.above.value(&format!("{name}_FILE")).is_some();
        self.above.value(name).or_else(|| {
            if by_file() {
                None
            } else {
                self.below.value(name)
            }
        })
    }
}

/// What the file says; nothing where there is none.
pub fn read(data_dir: &Path) -> Result<BTreeMap<String, String>, SettingError> {
    let path = data_dir.join(FILE);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(BTreeMap::new()),
        Err(source) => {
            return Err(SettingError::Unreadable {
                name: DATA_DIR.to_owned(),
                path,
                source,
            });
        }
    };
    let mut settings = BTreeMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim();
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let odd = |why: String| SettingError::Line {
            path: path.clone(),
            line: number + 1,
            why,
        };
        let (name, value) = line
            .split_once('=')
            .ok_or_else(|| odd("it should be NAME=value".to_owned()))?;
        let known = DOCUMENTED.iter().any(|setting| {
            name == setting.name
                || setting.secret && name.strip_suffix("_FILE") == Some(setting.name)
        });
        if !known || name == DATA_DIR {
            return Err(odd(format!("`{name}` is no setting that may stand here")));
        }
        settings.insert(name.to_owned(), value.to_owned());
    }
    Ok(settings)
}

/// Writes settings into the file, whole or not at all and readable by its owner only; others in it stay. Returns its path.
///
/// # Errors
/// Where the folder or the file cannot be written, or the file that is there cannot be read.
pub fn keep(data_dir: &Path, settings: &[(&str, &str)]) -> Result<PathBuf, SettingError> {
    let mut all = read(data_dir)?;
    for (name, value) in settings {
        all.insert((*name).to_owned(), (*value).to_owned());
    }
    let mut text =
        "# Written by `worksample github setup`. What the environment sets stands before it.\n"
            .to_owned();
    for (name, value) in &all {
        text.push_str(&format!("{name}={value}\n"));
    }
    let path = data_dir.join(FILE);
    write_private(data_dir, &path, &text)?;
    Ok(path)
}

/// Writes a file that only its owner may read, in place of one that may be there.
///
/// # Errors
/// Where it cannot be written.
pub fn write_private(data_dir: &Path, path: &Path, text: &str) -> Result<(), SettingError> {
    use std::io::Write as _;
    let written = || -> std::io::Result<()> {
        std::fs::create_dir_all(data_dir)?;
        // Made with mode 0600, and renamed into place once it is whole.
        let mut file = tempfile::NamedTempFile::new_in(data_dir)?;
        file.write_all(text.as_bytes())?;
        file.as_file().sync_all()?;
        file.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    written().map_err(|source| SettingError::Unwritable {
        path: path.to_owned(),
        source,
    })
}
