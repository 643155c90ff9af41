//! The log of this process. It is written by a thread of its own, so that nothing else waits for its reader.
//!
//! The log is not worth a request: where its reader is gone, the disk is full or a pipe is not read, lines are dropped and
//! counted. [`dropped_lines`] is what `/metrics` shows.

use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use tracing_appender::non_blocking::{ErrorCounter, NonBlockingBuilder, WorkerGuard};
use tracing_subscriber::EnvFilter;

/// Lines that may wait for the thread that writes them.
const MOST_WAITING: usize = 2048;

/// actix-http logs requests that it cannot parse as errors of ours. Who sends them is a stranger, who could fill the log.
const QUIET: &str = "actix_http::h1=off";

/// Lines that could not be written.
static UNWRITTEN: AtomicU64 = AtomicU64::new(0);
/// Counts the lines for which there was no more room.
static OVERFLOW: OnceLock<ErrorCounter> = OnceLock::new();

/// How lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Format {
    pub json: bool,
    pub colour: bool,
}

/// Writes what waits when it is dropped, for a second at most.
pub struct Logging {
    guard: Option<WorkerGuard>,
}

impl Drop for Logging {
    fn drop(&mut self) {
        let guard = self.guard.take();
        // It prints to standard output where the thread cannot be reached, which panics if that is closed, too.
        let ended = std::panic::catch_unwind(AssertUnwindSafe(|| drop(guard)));
        drop(ended);
    }
}

/// Why a filter cannot be used.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct InvalidFilter(tracing_subscriber::filter::ParseError);

/// Logs to standard error from now on, what `filter` says. Panics are logged, too: the standard library would write them to
/// standard error itself, and wait where nobody reads it.
///
/// # Errors
/// A filter that cannot be parsed; nothing is logged then.
pub fn start(filter: &str, format: Format) -> Result<Logging, InvalidFilter> {
    let mut parsed = EnvFilter::try_new(filter).map_err(InvalidFilter)?;
    if !filter.contains("actix_http")
        && let Ok(quiet) = QUIET.parse()
    {
        parsed = parsed.add_directive(quiet);
    }
    let (writer, guard) = NonBlockingBuilder::default()
        .buffered_lines_limit(MOST_WAITING)
        .lossy(true)
        .thread_name("log")
        .finish(Counting {
            inner: io::stderr(),
            unwritten: &UNWRITTEN,
        });
    OVERFLOW.get_or_init(|| writer.error_counter());
    let builder = tracing_subscriber::fmt()
        .with_env_filter(parsed)
        .with_ansi(format.colour)
        // It would tell of its own errors with `eprintln!`, which panics where standard error is closed.
        .log_internal_errors(false)
        .with_writer(writer);
    if format.json {
        builder.json().init();
    } else {
        builder.init();
    }
    Ok(Logging { guard: Some(guard) })
}

/// Logs panics instead of writing them to standard error.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let backtrace = std::backtrace::Backtrace::capture();
        let place = panic.location().map(ToString::to_string);
        let payload = panic.payload();
        let message = payload
            .downcast_ref::<&str>()
            .copied()
            .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
            .unwrap_or("no message");
        let thread = std::thread::current();
        let thread = thread.name().unwrap_or("unnamed");
        tracing::error!(place, thread, "panicked: {message}\n{backtrace}");
    }));
}

/// How many lines were dropped since the process started.
pub fn dropped_lines() -> u64 {
    let overflow = OVERFLOW.get().map_or(0, ErrorCounter::dropped_lines);
    UNWRITTEN.load(Ordering::Relaxed) + overflow as u64
}

/// Writes lines and swallows errors: a line that cannot be written counts as dropped.
struct Counting<'a, W> {
    inner: W,
    unwritten: &'a AtomicU64,
}

impl<W: Write> Write for Counting<'_, W> {
    /// Each call is one line of the log, which is written whole or dropped.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if self.inner.write_all(line).is_err() {
            self.unwritten.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        drop(self.inner.flush());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Full;

    impl Write for Full {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::StorageFull.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Err(io::ErrorKind::StorageFull.into())
        }
    }

    #[test]
    fn lines_that_cannot_be_written_are_counted_and_no_error() {
        let unwritten = AtomicU64::new(0);
        let mut log = Counting {
            inner: Full,
            unwritten: &unwritten,
        };
        for _ in 0..3 {
            log.write_all(b"a line\n").unwrap();
            log.flush().unwrap();
        }
        assert_eq!(unwritten.load(Ordering::Relaxed), 3);
    }
}
