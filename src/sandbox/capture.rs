//! Keeps the beginning and the end of a stream in bounded memory, however much is written.

use std::collections::VecDeque;
use std::io::Read;

use crate::acceptance::Output;

/// Reads on after this many bytes only to let the writer die; the run is ended with the output limit.
pub(super) const FLOOD: u64 = 64 * 1024 * 1024;

#[derive(Debug)]
pub(super) struct Capture {
    half: usize,
    head: Vec<u8>,
    tail: VecDeque<u8>,
    bytes: u64,
}

impl Capture {
    /// Keeps at most `keep` bytes: all of a short stream, else its first and last half.
    pub(super) fn new(keep: usize) -> Self {
        Capture {
            half: keep / 2,
            head: Vec::new(),
            tail: VecDeque::new(),
            bytes: 0,
        }
    }

    pub(super) fn push(&mut self, chunk: &[u8]) {
        self.bytes += chunk.len() as u64;
        let room = self.half - self.head.len();
        let (first, rest) = chunk.split_at(room.min(chunk.len()));
        self.head.extend_from_slice(first);
        let rest = &rest[rest.len().saturating_sub(self.half)..];
        let surplus = (self.tail.len() + rest.len()).saturating_sub(self.half);
        self.tail.drain(..surplus);
        self.tail.extend(rest);
    }

    pub(super) fn finish(self) -> Output {
        let Capture {
            mut head,
            tail,
            bytes,
            ..
        } = self;
        let tail: Vec<u8> = tail.into();
        if bytes == (head.len() + tail.len()) as u64 {
            head.extend(tail);
            return Output {
                head: text(&head),
                tail: String::new(),
                bytes,
            };
        }
        Output {
            head: text(&head),
            tail: text(&tail),
            bytes,
        }
    }
}

/// Zero bytes are replaced too, since PostgreSQL keeps none in a text.
fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace('\0', "\u{fffd}")
}

/// Reads a stream to its end; calls `flooded` once if it passes [`FLOOD`].
pub(super) fn drain(mut stream: impl Read, keep: usize, flooded: impl FnOnce()) -> Output {
    let mut capture = Capture::new(keep);
    let mut flooded = Some(flooded);
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(read) => capture.push(&buffer[..read]),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => break,
        }
        if capture.bytes > FLOOD
            && let Some(flooded) = flooded.take()
        {
            flooded();
        }
    }
    capture.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_stream_is_kept_whole_or_by_its_two_ends(text in "[a-z]{0,200}", cut in 1_usize..50, keep in 0_usize..120) {
            let mut capture = Capture::new(keep);
            for chunk in text.as_bytes().chunks(cut) {
                capture.push(chunk);
            }
            let output = capture.finish();
            let half = keep / 2;
            prop_assert_eq!(output.bytes, text.len() as u64);
            if text.len() <= 2 * half {
                prop_assert_eq!(output.head, text);
                prop_assert_eq!(output.tail, "");
            } else {
                prop_assert_eq!(&output.head, &text[..half]);
                prop_assert_eq!(&output.tail, &text[text.len() - half..]);
            }
        }
    }
}
