//! The artifact store: files that outlive what they were made from, found by the digest of what is in them.
//!
//! A file is written whole under another name and then given its own, so that under a digest there is either nothing or
//! all of it. The interface knows digests and not folders, so that other storage can stand behind it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

/// What can go wrong with a kept file.
#[derive(Debug, thiserror::Error)]
pub enum ArtifactError {
    #[error("the artifact store at {} cannot be used: {source}", path.display())]
    Io { path: PathBuf, source: io::Error },
    #[error(
        "the artifact {sha256} is not what was kept: its content has the digest {found}; restore it from a backup"
    )]
    Altered { sha256: String, found: String },
    #[error("the artifact {sha256} is missing in {}; restore it from a backup", path.display())]
    Missing { sha256: String, path: PathBuf },
}

/// A file that was kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Artifact {
    /// In lower-case hexadecimal.
    pub sha256: String,
    pub bytes: u64,
}

/// Artifacts in a folder.
#[derive(Debug, Clone)]
pub struct Artifacts {
    folder: PathBuf,
}

impl Artifacts {
    /// The store in `folder`, which is made when something is kept.
    pub fn in_folder(folder: impl Into<PathBuf>) -> Self {
        Artifacts {
            folder: folder.into(),
        }
    }

    /// Copies a file into the store. Keeping the same content again changes nothing.
    pub fn keep(&self, file: &Path) -> Result<Artifact, ArtifactError> {
        let io = |source| ArtifactError::Io {
            path: self.folder.clone(),
            source,
        };
        fs::create_dir_all(&self.folder).map_err(io)?;
        let mut copy = tempfile::NamedTempFile::new_in(&self.folder).map_err(io)?;
        let mut from = File::open(file).map_err(io)?;
        let artifact = digest(&mut from, copy.as_file_mut()).map_err(io)?;
        copy.as_file().sync_all().map_err(io)?;
        let path = self.path(&artifact.sha256);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(io)?;
        }
        copy.persist(&path).map_err(|error| io(error.error))?;
        // The name has to outlive a crash as well.
        for folder in [path.parent(), Some(self.folder.as_path())]
            .into_iter()
            .flatten()
        {
            File::open(folder)
                .and_then(|folder| folder.sync_all())
                .map_err(io)?;
        }
        Ok(artifact)
    }

    /// The file of an artifact, read through and found to be what was kept.
    ///
    /// # Errors
    /// Missing, altered, unreadable.
    pub fn verified(&self, sha256: &str) -> Result<PathBuf, ArtifactError> {
        let path = self.path(sha256);
        let mut file = match File::open(&path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(ArtifactError::Missing {
                    sha256: sha256.to_owned(),
                    path: self.folder.clone(),
                });
            }
            Err(source) => return Err(ArtifactError::Io { path, source }),
        };
        let found = digest(&mut file, &mut io::sink())
            .map_err(|source| ArtifactError::Io {
                path: path.clone(),
                source,
            })?
            .sha256;
        if found == sha256 {
            Ok(path)
        } else {
            Err(ArtifactError::Altered {
                sha256: sha256.to_owned(),
                found,
            })
        }
    }

    /// `ab/cdef…`: no folder becomes too full.
    fn path(&self, sha256: &str) -> PathBuf {
        let (head, tail) = sha256.split_at_checked(2).unwrap_or((sha256, ""));
        self.folder.join(head).join(tail)
    }
}

fn digest(from: &mut impl Read, to: &mut impl Write) -> io::Result<Artifact> {
    let mut hasher = Sha256::new();
    let mut bytes = 0_u64;
    let mut chunk = vec![0_u8; 64 * 1024];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            break;
        }
        hasher.update(&chunk[..read]);
        to.write_all(&chunk[..read])?;
        bytes += read as u64;
    }
    Ok(Artifact {
        sha256: hex::encode(hasher.finalize()),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_found_by_its_digest_and_checked_each_time() {
        let folder = tempfile::tempdir().unwrap();
        let artifacts = Artifacts::in_folder(folder.path().join("artifacts"));
        let file = folder.path().join("file");
        fs::write(&file, b"abc").unwrap();
        let kept = artifacts.keep(&file).unwrap();
        assert_eq!(
            kept.sha256,
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        assert_eq!(kept.bytes, 3);
        assert_eq!(
            artifacts.keep(&file).unwrap(),
            kept,
            "again changes nothing"
        );
        let path = artifacts.verified(&kept.sha256).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"abc");

        fs::write(&path, b"abd").unwrap();
        assert!(matches!(
            artifacts.verified(&kept.sha256),
            Err(ArtifactError::Altered { .. })
        ));
        fs::remove_file(&path).unwrap();
        assert!(matches!(
            artifacts.verified(&kept.sha256),
            Err(ArtifactError::Missing { .. })
        ));
    }
}
