//! Keyset pages with opaque cursors that are bound to their filter (rule X-11).

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

pub use erp_kernel::cursor::CursorKey;

use crate::error::{Error, Result};

/// The longest cursor that is read, in bytes.
const MAX_CURSOR_BYTES: usize = 512;

/// How many items a page may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit(u32);

impl Limit {
    /// Items on a page when the caller does not say.
    pub const DEFAULT: u32 = 50;
    /// The most items on a page; more is clamped, not refused.
    pub const MAX: u32 = 500;

    /// The wanted number, clamped to `1..=MAX`.
    pub fn clamped(wanted: Option<u32>) -> Self {
        Self(wanted.unwrap_or(Self::DEFAULT).clamp(1, Self::MAX))
    }

    /// The number of items.
    pub fn get(self) -> usize {
        self.0 as usize
    }
}

impl Default for Limit {
    fn default() -> Self {
        Self::clamped(None)
    }
}

/// What a caller asks for: how many items, and after which cursor.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PageRequest {
    /// The most items to return.
    pub limit: Limit,
    /// The `next` of the page before, or none for the first page.
    pub cursor: Option<Cursor>,
}

impl PageRequest {
    /// The first page, of at most this many items.
    pub fn first(limit: u32) -> Self {
        Self { limit: Limit::clamped(Some(limit)), cursor: None }
    }

    /// The key after which the page starts.
    ///
    /// # Errors
    /// A validation error on `cursor` when it is not one, or belongs to another filter.
    pub fn after<K: CursorKey>(&self, filter: &impl Serialize) -> Result<Option<K>> {
        self.cursor.as_ref().map(|cursor| cursor.key(filter)).transpose()
    }
}

/// A place in a list. Opaque: it may be kept and sent back, not taken apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Cursor(String);

impl Cursor {
    /// The cursor that a client sent.
    pub fn from_text(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The cursor after the item with this key, in the list with this filter.
    ///
    /// # Errors
    /// An internal error when the key cannot be written as JSON.
    pub fn after(filter: &impl Serialize, key: &impl Serialize) -> Result<Self> {
        let json = serde_json::to_vec(&(fingerprint(filter)?, key))
            .map_err(|error| Error::Internal(error.to_string()))?;
        Ok(Self(URL_SAFE_NO_PAD.encode(json)))
    }

    /// The text to hand to a client.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    fn key<K: CursorKey>(&self, filter: &impl Serialize) -> Result<K> {
        let invalid = || Error::invalid("cursor", "not a cursor of this list");
        if self.0.len() > MAX_CURSOR_BYTES {
            return Err(invalid());
        }
        let json = URL_SAFE_NO_PAD.decode(&self.0).map_err(|_| invalid())?;
        let (tag, key): (u64, K) = serde_json::from_slice(&json).map_err(|_| invalid())?;
        if tag == fingerprint(filter)? && key.is_kept() { Ok(key) } else { Err(invalid()) }
    }
}

fn fingerprint(filter: &impl Serialize) -> Result<u64> {
    let json = serde_json::to_vec(filter).map_err(|error| Error::Internal(error.to_string()))?;
    let mut head = [0; 8];
    head.copy_from_slice(&Sha256::digest(json)[..8]);
    Ok(u64::from_be_bytes(head))
}

/// A page of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page<T> {
    /// The items, in the list's order.
    pub items: Vec<T>,
    /// Where the next page starts; none on the last page.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// A page from up to `limit + 1` rows: the extra row, if it is there, says that more follow.
    ///
    /// # Errors
    /// As [`Cursor::after`].
    pub fn from_rows<K: Serialize>(
        mut rows: Vec<T>,
        limit: Limit,
        filter: &impl Serialize,
        key: impl Fn(&T) -> K,
    ) -> Result<Self> {
        let more = rows.len() > limit.get();
        rows.truncate(limit.get());
        let next = match rows.last() {
            Some(last) if more => Some(Cursor::after(filter, &key(last))?),
            _ => None,
        };
        Ok(Self { items: rows, next })
    }

    /// The same page with each item changed.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::Timestamp;

    #[test]
    fn x_11_a_cursor_is_bound_to_its_filter() {
        let page = PageRequest {
            limit: Limit::default(),
            cursor: Some(Cursor::after(&("open", 1), &(7_i64, "k")).unwrap()),
        };
        assert_eq!(page.after::<(i64, String)>(&("open", 1)).unwrap(), Some((7, "k".to_owned())));
        assert!(matches!(page.after::<(i64, String)>(&("done", 1)), Err(Error::Validation(_))));
    }

    #[test]
    fn x_11_the_limit_is_clamped_and_garbage_is_a_typed_error() {
        assert_eq!(Limit::clamped(Some(0)).get(), 1);
        assert_eq!(Limit::clamped(Some(u32::MAX)).get(), Limit::MAX as usize);
        for text in ["", "%%%", "AAAA", &"A".repeat(10_000)] {
            let page =
                PageRequest { limit: Limit::default(), cursor: Some(Cursor::from_text(text)) };
            assert!(matches!(page.after::<i64>(&()), Err(Error::Validation(_))), "{text}");
        }
    }

    #[test]
    fn x_22_a_forged_cursor_is_checked_like_what_is_written() {
        fn read<K: CursorKey>(key: &impl Serialize) -> Result<Option<K>> {
            let cursor = Some(Cursor::after(&"list", key).unwrap());
            PageRequest { limit: Limit::default(), cursor }.after::<K>(&"list")
        }
        type Key = (Timestamp, String);
        for (at, text, kept) in [
            ("2026-01-01T00:00:00Z", "a", true),
            ("+262142-12-31T23:59:59Z", "a", false),
            ("-262143-01-01T00:00:00Z", "a", false),
            ("2016-12-31T23:59:60Z", "a", false),
            ("2026-01-01T00:00:00Z", "a\0", false),
        ] {
            assert_eq!(read::<Key>(&(at, text)).is_ok(), kept, "{at} {text:?}");
        }
        for day in ["+262142-12-31", "-0001-01-01"] {
            assert!(read::<chrono::NaiveDate>(&day).is_err(), "{day}");
        }
    }

    #[test]
    fn a_page_has_a_next_cursor_only_when_more_follow() {
        let limit = Limit::clamped(Some(2));
        assert!(Page::from_rows(vec![1, 2], limit, &(), |n| *n).unwrap().next.is_none());
        let page = Page::from_rows(vec![1, 2, 3], limit, &(), |n| *n).unwrap();
        assert_eq!(page.items, [1, 2]);
        assert!(page.next.is_some());
    }
}
