//! What texts are found by.
//!
//! The engine cuts texts into words itself, so that every store finds the same: a word is a longest run
//! of letters and digits of any script (as `char::is_alphanumeric` has it), in lower case, cut to 40
//! characters. Nothing is stemmed, and no word is too common. A text is found when it has each word of
//! the query whole, in any order. A task is searched in its title, description and labels, a comment in
//! its body.

use std::collections::BTreeSet;

use super::super::model::{Comment, TaskDetails};
use crate::error::{Error, Result};

/// The longest word, in characters; of longer ones the beginning counts.
const MAX_WORD_CHARS: usize = 40;
/// Words of a query at most.
const MAX_QUERY_WORDS: usize = 10;
/// The longest query, in bytes.
const MAX_QUERY_BYTES: usize = 1_000;

/// The words of a task: of its title, its description and its labels.
pub fn task_words(details: &TaskDetails) -> BTreeSet<String> {
    let texts = [Some(&details.title), details.description.as_ref()];
    let texts = texts.into_iter().flatten().chain(&details.labels);
    texts.flat_map(|text| words(text)).collect()
}

/// The words of a comment.
pub fn comment_words(comment: &Comment) -> BTreeSet<String> {
    words(&comment.body).collect()
}

/// The words that a query asks for.
///
/// # Errors
/// A validation error on `q` unless it has 1 to 10 words in at most 1,000 bytes, none of them NUL.
pub fn query_words(query: &str) -> Result<Vec<String>> {
    let fits = query.len() <= MAX_QUERY_BYTES && !query.contains('\0');
    let words: BTreeSet<String> = if fits { words(query).collect() } else { BTreeSet::new() };
    if fits && (1..=MAX_QUERY_WORDS).contains(&words.len()) {
        Ok(words.into_iter().collect())
    } else {
        Err(Error::invalid("q", "must be 1 to 10 words of letters and digits"))
    }
}

fn words(text: &str) -> impl Iterator<Item = String> + '_ {
    let runs = text.split(|sign: char| !sign.is_alphanumeric());
    runs.filter(|run| !run.is_empty()).map(|run| {
        let lower = run.to_lowercase();
        lower.chars().take(MAX_WORD_CHARS).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        words(text).collect()
    }

    #[test]
    fn words_are_runs_of_letters_and_digits_in_lower_case() {
        assert_eq!(of("Order 40 rails, (TODAY)!"), ["order", "40", "rails", "today"]);
        assert_eq!(of("Straße ÄRGER Ωμέγα 東京2024"), ["straße", "ärger", "ωμέγα", "東京2024"]);
        assert_eq!(of("bd-0088 a_b x.y@z"), ["bd", "0088", "a", "b", "x", "y", "z"]);
        assert_eq!(of(" \n-–—… 🙂 "), [""; 0]);
        assert_eq!(of(&"ß".repeat(41)), ["ß".repeat(40)]);
    }

    #[test]
    fn a_task_is_found_by_title_description_and_labels() {
        let details = TaskDetails {
            description: Some("Forty of them".to_owned()),
            labels: vec!["Roof".to_owned()],
            ..TaskDetails::titled("Order rails")
        };
        let words: Vec<_> = task_words(&details).into_iter().collect();
        assert_eq!(words, ["forty", "of", "order", "rails", "roof", "them"]);
    }

    #[test]
    fn a_query_has_a_few_words() {
        assert_eq!(query_words("Rails, rails ORDER").unwrap(), ["order", "rails"]);
        let eleven = "a b c d e f g h i j k";
        for bad in ["", " - ", eleven, &"a".repeat(1_001)] {
            assert!(matches!(query_words(bad), Err(Error::Validation(_))), "{bad}");
        }
    }
}
