//! A webhook's body as it is kept: to the byte what was signed, but packed. GitHub's payloads repeat themselves, and the
//! fewer pages a delivery takes, the sooner it is on disk.

use std::borrow::Cow;
use std::fmt;

use super::error::StoreError;

/// LZ4 makes at most so many bytes of one.
const MOST_OF_ONE: usize = 256;

/// Bytes, packed where that makes them fewer.
#[derive(Clone, PartialEq, Eq)]
pub struct Body {
    pub(super) packed: bool,
    pub(super) bytes: Vec<u8>,
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body")
            .field("packed", &self.packed)
            .field("bytes", &self.bytes.len())
            .finish()
    }
}

impl Body {
    /// Packs the bytes.
    pub fn of(bytes: &[u8]) -> Body {
        let packed = lz4_flex::block::compress_prepend_size(bytes);
        if packed.len() < bytes.len() {
            Body {
                packed: true,
                bytes: packed,
            }
        } else {
            Body {
                packed: false,
                bytes: bytes.to_vec(),
            }
        }
    }

    /// The bytes as they came.
    ///
    /// # Errors
    /// [`StoreError::Corrupt`]: bytes that were changed behind the store's back.
    pub fn unpacked(&self) -> Result<Cow<'_, [u8]>, StoreError> {
        if !self.packed {
            return Ok(Cow::Borrowed(&self.bytes));
        }
        let damaged = |why: String| StoreError::corrupt("the body of a delivery".to_owned(), why);
        let (size, _) = lz4_flex::block::uncompressed_size(&self.bytes)
            .map_err(|error| damaged(error.to_string()))?;
        if size > self.bytes.len().saturating_mul(MOST_OF_ONE) {
            return Err(damaged(format!("it claims to be {size} bytes long")));
        }
        let bytes = lz4_flex::block::decompress_size_prepended(&self.bytes)
            .map_err(|error| damaged(error.to_string()))?;
        if bytes.len() != size {
            return Err(damaged(format!("{} of {size} bytes are left", bytes.len())));
        }
        Ok(Cow::Owned(bytes))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_unpacked_is_what_came_in(bytes in proptest::collection::vec(0_u8..4, 0..3000)) {
            let body = Body::of(&bytes);
            prop_assert_eq!(&*body.unpacked().unwrap(), &bytes[..]);
        }

        #[test]
        fn damaged_bytes_are_an_error_or_other_bytes_but_never_a_panic(
            bytes in proptest::collection::vec(any::<u8>(), 0..300),
        ) {
            let _ = Body { packed: true, bytes }.unpacked();
        }
    }

    #[test]
    fn what_repeats_itself_takes_less_and_what_does_not_takes_no_more() {
        let same = Body::of(&[b'x'; 5000]);
        assert!(same.packed && same.bytes.len() < 100);
        let short = Body::of(b"{}");
        assert!(!short.packed && short.bytes == b"{}");
    }

    #[test]
    fn a_body_that_was_cut_short_is_an_error() {
        let bytes: Vec<u8> = (0..2000_u32).flat_map(|n| (n / 7).to_le_bytes()).collect();
        let whole = Body::of(&bytes);
        for length in 4..whole.bytes.len() {
            let cut = Body {
                packed: true,
                bytes: whole.bytes[..length].to_vec(),
            };
            assert!(cut.unpacked().is_err(), "cut after {length}");
        }
    }

    #[test]
    fn a_body_that_claims_to_be_huge_is_not_believed() {
        let bytes = [&u32::MAX.to_le_bytes()[..], &[0; 8]].concat();
        let error = Body {
            packed: true,
            bytes,
        }
        .unpacked()
        .unwrap_err();
        assert!(error.to_string().contains("4294967295 bytes"), "{error}");
    }
}
