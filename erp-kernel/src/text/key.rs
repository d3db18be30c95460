//! The folded key of a text.

use caseless::Caseless as _;
use unicode_normalization::UnicodeNormalization as _;

/// The version of [`key`]. It rises when the key of any assigned character changes; a store keeps the
/// version that its keys were made with, and makes them again when it is another.
pub const KEY_VERSION: i16 = 1;

/// The text by which texts are unique, sorted and found (X-19): NFKC, full case folding, NFKC again
/// (after Unicode's chapter 3.13, without the removal of what shows nothing). Two texts that a reader
/// takes for the same have one key: `é` in one character or two, `STRASSE` and `Straße`, `ﬁle` and
/// `FILE`. No language is preferred: the Turkish dotted `İ` folds to `i` and a dot above, in every place
/// alike, and the dotless `ı` stays.
///
/// Keys are sorted by their bytes, on every store.
///
/// ```
/// use erp_kernel::text::key;
/// assert_eq!(key("Cafe\u{301}"), key("CAFÉ"));
/// assert_eq!(key("Straße"), "strasse");
/// ```
pub fn key(text: &str) -> String {
    if text.is_ascii() {
        return text.to_ascii_lowercase();
    }
    text.nfkc().default_case_fold().nfkc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::text::is_assigned;

    /// FNV-1a, 64 bits: <http://www.isthe.com/chongo/tech/comp/fnv/>.
    fn digest(bytes: impl Iterator<Item = u8>) -> u64 {
        bytes.fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
            (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
        })
    }

    #[test]
    fn x_19_texts_that_look_the_same_have_one_key() {
        for (one, other) in [
            ("Café", "Cafe\u{301}"),
            ("CAFÉ", "cafe\u{301}"),
            ("Straße", "STRASSE"),
            ("STRA\u{1e9e}E", "strasse"),
            ("\u{fb01}le", "FILE"),
            ("Ⅷ", "viii"),
            ("Ａｄａ", "ada"),
            ("\u{2126}", "ω"),
            ("ΣΊΣΥΦΟΣ", "σίσυφος"),
            ("\u{130}stanbul", "i\u{307}stanbul"),
            ("\u{1e9b}\u{323}", "\u{1e69}"),
            ("ᾼ", "αι"),
        ] {
            assert_eq!(key(one), key(other), "{one} {other}");
        }
        for (one, other) in [("cafe", "café"), ("\u{131}", "i"), ("a b", "ab"), ("ö", "oe")] {
            assert_ne!(key(one), key(other), "{one} {other}");
        }
    }

    #[test]
    fn x_19_the_key_of_a_key_is_itself() {
        for sign in '\0'..=char::MAX {
            let once = key(&sign.to_string());
            assert_eq!(key(&once), once, "U+{:04X}", u32::from(sign));
        }
    }

    /// When this fails, the tables of a crate have changed: raise [`KEY_VERSION`] with the digest, so
    /// that stores make their keys again.
    #[test]
    fn x_19_the_version_of_the_key_says_what_it_folds_to() {
        let all = ('\0'..=char::MAX).filter(|sign| is_assigned(*sign));
        let found = digest(all.flat_map(|sign| key(&sign.to_string()).into_bytes()));
        assert_eq!((KEY_VERSION, found), (1, 0xd357_6d98_3d56_7f09), "{found:#018x}");
    }

    proptest! {
        #[test]
        fn x_19_normal_forms_and_case_do_not_change_a_key(text in "\\PC{0,12}") {
            let folded = key(&text);
            prop_assert_eq!(key(&text.nfc().collect::<String>()), folded.clone());
            prop_assert_eq!(key(&text.nfd().collect::<String>()), folded.clone());
            prop_assert_eq!(key(&text.nfkd().collect::<String>()), folded.clone());
            prop_assert_eq!(key(&folded), folded);
        }
    }
}
