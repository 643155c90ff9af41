//! A git process under way. What git reads was written by others, and a repository of some kilobytes can make it print or
//! write gigabytes: how long it takes, what it prints and what it fills on disk are bounded while it runs.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitStatus;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Child;

/// The folder that a command fills is measured this often.
const MEASURED_EVERY: Duration = Duration::from_millis(200);
/// As much of a complaint is kept.
const COMPLAINT: usize = 64 * 1024;
/// Whoever was ended closes its streams at once; a helper of its own may take a moment.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How far a command may go.
pub(super) struct Bounds<'b> {
    pub time: Duration,
    /// A folder and the bytes that may be in it.
    pub disk: Option<(&'b Path, u64)>,
}

/// Why a command was ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stopped {
    /// Whoever read its output has enough.
    Enough,
    Time,
    Disk,
}

/// What came of it.
pub(super) enum Ended {
    ByItself {
        status: ExitStatus,
        complaint: String,
    },
    Stopped(Stopped),
}

/// Hands what the child prints to `take`, until it ends or has to be ended.
pub(super) async fn watch(
    mut child: Child,
    bounds: Bounds<'_>,
    take: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
) -> std::io::Result<Ended> {
    let stdout = child.stdout.take();
    let complaint = tokio::spawn(beginning(child.stderr.take()));
    let stopped = {
        let work = async {
            if read(stdout, take).await?.is_break() {
                return Ok(None);
            }
            child.wait().await.map(Some)
        };
        tokio::select! {
            done = work => match done? {
                Some(status) => Ok(status),
                None => Err(Stopped::Enough),
            },
            () = filled(bounds.disk) => Err(Stopped::Disk),
            () = tokio::time::sleep(bounds.time) => Err(Stopped::Time),
        }
    };
    match stopped {
        Ok(status) => {
            let complaint = tokio::time::timeout(LAST_WORDS, complaint).await;
            Ok(Ended::ByItself {
                status,
                complaint: complaint.ok().and_then(Result::ok).unwrap_or_default(),
            })
        }
        Err(stopped) => {
            child.kill().await?;
            Ok(Ended::Stopped(stopped))
        }
    }
}

async fn read(
    from: Option<impl AsyncRead + Unpin>,
    take: &mut (dyn FnMut(&[u8]) -> ControlFlow<()> + Send),
) -> std::io::Result<ControlFlow<()>> {
    let Some(mut from) = from else {
        return Ok(ControlFlow::Continue(()));
    };
    let mut chunk = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut chunk).await?;
        if read == 0 {
            return Ok(ControlFlow::Continue(()));
        }
        if take(&chunk[..read]).is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
}

/// The beginning of what is printed; the rest is read too, so that nobody waits to be heard.
async fn beginning(from: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    let mut keep = |bytes: &[u8]| {
        let room = COMPLAINT.saturating_sub(kept.len());
        kept.extend_from_slice(&bytes[..bytes.len().min(room)]);
        ControlFlow::Continue(())
    };
    // What was said before the stream broke is worth having.
    drop(read(from, &mut keep).await);
    String::from_utf8_lossy(&kept).trim().to_owned()
}

/// Returns once there are more bytes in the folder than there may be.
async fn filled(disk: Option<(&Path, u64)>) {
    let Some((folder, most)) = disk else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(MEASURED_EVERY).await;
        if bytes_in(folder) > most {
            return;
        }
    }
}

/// Bytes of all files below a folder. What comes and goes meanwhile counts or does not.
pub(super) fn bytes_in(folder: &Path) -> u64 {
    let mut folders = vec![folder.to_owned()];
    let mut bytes = 0_u64;
    while let Some(folder) = folders.pop() {
        let Ok(entries) = std::fs::read_dir(folder) else {
            continue;
        };
        for entry in entries.flatten() {
            match entry.metadata() {
                Ok(about) if about.is_dir() => folders.push(entry.path()),
                Ok(about) => bytes = bytes.saturating_add(about.len()),
                Err(_) => {}
            }
        }
    }
    bytes
}
