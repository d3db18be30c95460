//! The words of a text, by which it is found.

use unicode_normalization::char::is_combining_mark;

use super::{is_visible, key};

/// The longest word, in characters of its key.
const MAX_WORD_CHARS: usize = 40;

/// The words of a text, as keys: longest runs of letters and digits of any script with the marks on them,
/// cut to 40 characters. They change with [`KEY_VERSION`](super::KEY_VERSION).
///
/// ```
/// let words: Vec<_> = erp_kernel::text::words("Cafe\u{301}-Straße 7").collect();
/// assert_eq!(words, ["café", "strasse", "7"]);
/// ```
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = key(text);
    let inside =
        |sign: char| sign.is_alphanumeric() || (is_combining_mark(sign) && is_visible(sign));
    let runs = folded.split(|sign| !inside(sign));
    // A mark alone, such as one on an emoji, is no word.
    let runs = runs.filter(|run| run.contains(char::is_alphanumeric));
    let words: Vec<String> = runs.map(|run| run.chars().take(MAX_WORD_CHARS).collect()).collect();
    words.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits() {
        assert_eq!(of("Order 40 rails, (TODAY)!"), ["order", "40", "rails", "today"]);
        assert_eq!(of("ÄRGER Ωμέγα 東京2024"), ["ärger", "ωμέγα", "東京2024"]);
        assert_eq!(of("bd-0088 a_b x.y@z"), ["bd", "0088", "a", "b", "x", "y", "z"]);
        assert_eq!(of(" \n-–—… 🙂 ❤\u{fe0f} \u{301}"), [""; 0]);
        assert_eq!(of("1\u{fe0f}\u{20e3}"), ["1"]);
        assert_eq!(of(&"ß".repeat(41)), ["s".repeat(40)]);
    }

    #[test]
    fn x_19_words_that_look_the_same_are_the_same() {
        for (one, other) in [
            ("Cafe\u{301} au lait", "CAFÉ AU LAIT"),
            ("Straße", "STRASSE"),
            ("\u{fb01}le", "FILE"),
            ("\u{130}stanbul", "I\u{307}stanbul"),
            ("q\u{307}\u{323}x", "q\u{323}\u{307}x"),
        ] {
            assert_eq!(of(one), of(other), "{one}");
            assert_eq!(of(one).len(), one.split(' ').count(), "a mark is a part of its word");
        }
    }
}
