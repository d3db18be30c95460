//! Names that are not known when the engine is compiled, kept for the life of the process: so what has
//! such a name is as small, and as easily copied, as what has one of the engine's.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The longest name that is kept, in bytes.
const MAX_NAME_BYTES: usize = 100;

/// A bounded set of names.
pub(super) struct Names {
    all: Mutex<BTreeSet<&'static str>>,
    /// The most that are kept: what is read from outside must not fill the memory.
    most: usize,
}

impl Names {
    /// An empty set for so many names at most.
    pub const fn new(most: usize) -> Self {
        Self { all: Mutex::new(BTreeSet::new()), most }
    }

    /// The kept name of this text.
    pub fn find(&self, text: &str) -> Option<&'static str> {
        self.lock().get(text).copied()
    }

    /// Keeps the name. Nothing happens when there are too many.
    pub fn keep(&self, name: &'static str) {
        let mut all = self.lock();
        if all.len() < self.most && name.len() <= MAX_NAME_BYTES {
            all.insert(name);
        }
    }

    /// The kept name of this text, kept from now on; none when it is too long or there are too many.
    pub fn intern(&self, text: &str) -> Option<&'static str> {
        let mut all = self.lock();
        if let Some(known) = all.get(text) {
            return Some(known);
        }
        if all.len() >= self.most || text.len() > MAX_NAME_BYTES {
            return None;
        }
        let name: &'static str = text.to_owned().leak();
        all.insert(name);
        Some(name)
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<&'static str>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_and_no_longer_names_are_kept_than_may_be() {
        let names = Names::new(2);
        let first = names.intern("one.thing").unwrap();
        let again = names.intern("one.thing").unwrap();
        assert!(std::ptr::eq(first, again), "a name is kept once");
        assert_eq!(names.intern(&"x".repeat(MAX_NAME_BYTES + 1)), None);
        names.keep("two.things");
        assert_eq!(names.find("two.things"), Some("two.things"));
        names.keep("three.things");
        assert_eq!(names.find("three.things"), None);
        assert_eq!(names.intern("four.things"), None);
        assert_eq!(names.intern("one.thing"), Some("one.thing"), "what is kept stays");
    }
}
