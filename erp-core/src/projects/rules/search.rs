//! What texts are found by.
//!
//! The engine cuts texts into [`words`] itself, so that every store finds the same. Nothing is stemmed, and no word is too common. A text is found when it has each word of
//! the query whole, in any order. A task is searched in its title, description and labels, a comment in
//! its body.

use std::collections::BTreeSet;

use super::super::model::{Comment, TaskDetails};
use crate::{
    error::{Error, Result},
    text::words,
};

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

#[cfg(test)]
mod tests {
    use super::*;

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
        assert_eq!(query_words("Cafe\u{301}"), query_words("CAFÉ"), "X-19");
        let eleven = "a b c d e f g h i j k";
        for bad in ["", " - ", eleven, &"a".repeat(1_001)] {
            assert!(matches!(query_words(bad), Err(Error::Validation(_))), "{bad}");
        }
    }
}
