//! The state on disk: one line a request, holding every row it changed. A line is written with one call before the request
//! is answered, so what was answered survives a kill; a line cut short belongs to a request nobody was answered.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use super::error::StandInError;
use super::state::{Change, State};

#[derive(Debug)]
pub(super) struct Journal {
    file: File,
}

impl Journal {
    /// Reads the journal in `dir` (which may have none yet) and writes it anew, without what has been overwritten since.
    pub(super) fn open(dir: &Path) -> Result<(Journal, State), StandInError> {
        let path = dir.join("state.jsonl");
        let mut state = State::default();
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => return Err(StandInError::Folder { path, source }),
        };
        let whole = text.rfind('\n').map_or("", |end| &text[..end]);
        for (index, line) in whole.lines().enumerate() {
            let unreadable = |reason: String| StandInError::Journal {
                path: path.clone(),
                line: index + 1,
                reason,
            };
            let changes: Vec<Change> =
                serde_json::from_str(line).map_err(|error| unreadable(error.to_string()))?;
            for change in changes {
                state.apply(change).map_err(unreadable)?;
            }
        }
        let file = rewrite(&path, &mut state).map_err(|source| StandInError::Folder {
            path: path.clone(),
            source,
        })?;
        Ok((Journal { file }, state))
    }

    /// Writes down what `state` has changed since the last call.
    pub(super) fn record(&mut self, state: &mut State) -> io::Result<()> {
        let changes = state.drain()?;
        if changes.is_empty() {
            return Ok(());
        }
        let mut line = serde_json::to_vec(&changes)?;
        line.push(b'\n');
        self.file.write_all(&line)
    }
}

fn rewrite(path: &PathBuf, state: &mut State) -> io::Result<File> {
    let temporary = path.with_extension("new");
    let mut file = OpenOptions::new()
        .create(true)
        .write(true)
        .truncate(true)
        .mode(0o600)
        .open(&temporary)?;
    state.touch_all();
    let changes = state.drain()?;
    if !changes.is_empty() {
        let mut snapshot = serde_json::to_vec(&changes)?;
        snapshot.push(b'\n');
        file.write_all(&snapshot)?;
    }
    file.sync_all()?;
    fs::rename(&temporary, path)?;
    OpenOptions::new().append(true).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_recorded_is_there_again_and_a_line_cut_short_is_dropped() {
        let dir = tempfile::tempdir().unwrap();
        let (mut journal, mut state) = Journal::open(dir.path()).unwrap();
        let first = state.next_id();
        journal.record(&mut state).unwrap();
        state.next_id();
        journal.record(&mut state).unwrap();
        journal.file.write_all(b"[[\"counters\",\"id\",99").unwrap();

        let (_, mut again) = Journal::open(dir.path()).unwrap();
        assert_eq!(again.next_id(), first + 2);
    }

    #[test]
    fn a_damaged_line_in_the_middle_is_named_and_not_skipped() {
        let dir = tempfile::tempdir().unwrap();
        fs::write(dir.path().join("state.jsonl"), "[]\nnonsense\n[]\n").unwrap();
        let error = Journal::open(dir.path()).unwrap_err();
        assert!(error.to_string().starts_with("line 2 "), "{error}");
    }
}
