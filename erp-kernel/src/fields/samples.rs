//! Texts to try a form with: random ones, those at its edges, and such as it refuses. A suite of tests
//! takes its values from here, so that every field of a form is tried with the same.
//!
//! Chance comes from the caller, as a function that answers a random number each time.

use crate::text::{Form, Lines, Max, Spaces};

/// What random texts are made of: letters of several scripts, with marks, of one to four bytes, and
/// signs that mean something to parsers and databases.
const SIGNS: [&str; 24] = [
    "a",
    "B",
    "z",
    "7",
    "-",
    "_",
    "'",
    "\"",
    "%",
    "\\",
    "&",
    "<",
    "é",
    "ß",
    "İ",
    "ı",
    "Σ",
    "ﬁ",
    "ب",
    "中",
    "e\u{301}",
    "\u{200d}",
    "🙂",
    "\u{10fffd}",
];

/// A text of the form, not yet brought into it: it may be in another normal form, and have spaces
/// around it where the form drops them.
pub fn random(form: &Form, next: &mut impl FnMut() -> u64) -> String {
    if let Some(further) = &form.further {
        let example = further.examples[pick(further.examples.len(), next)];
        let varied = vary(example, next);
        return if form.canonical(&varied).is_ok() { varied } else { example.to_owned() };
    }
    let (Max::Chars(max) | Max::Bytes(max)) = form.max;
    let least = form.min_chars.max(1);
    // Long ones are rare: most texts are short.
    let most = if pick(8, next) == 0 { max } else { max.min(24) };
    let wanted = least + pick(most.saturating_sub(least) + 1, next);
    let mut text = String::from("x");
    for _ in 2..wanted {
        text.push_str(sign(form, next));
    }
    if let Max::Bytes(max) = form.max {
        text.truncate(text.floor_char_boundary(max - 1));
    }
    // White space at the end would not count.
    if wanted > 1 {
        text.push('x');
    }
    if form.spaces != Spaces::Kept && pick(4, next) == 0 { format!(" {text}\u{a0}") } else { text }
}

/// Texts that the form takes: the shortest and the longest, those that normal forms and folding change,
/// and what needs care in a store.
pub fn edges(form: &Form) -> Vec<String> {
    if let Some(further) = &form.further {
        return further.examples.iter().map(|text| (*text).to_owned()).collect();
    }
    let (Max::Chars(max) | Max::Bytes(max)) = form.max;
    let mut texts = vec!["x".repeat(form.min_chars.max(1)), "x".repeat(max)];
    let wide = if matches!(form.max, Max::Chars(_)) { max } else { max / 4 };
    texts.push("🙂".repeat(wide));
    let short = [
        "Straße", "STRASSE", "ﬁle", "İ", "ı", "e\u{301}", "é", "'", "\"", "\\", "%", "_", "$1",
        "{}", "null", "0", "-1", "שלום", "東京", "\u{fffd}",
    ];
    texts.extend(short.map(str::to_owned));
    if form.spaces != Spaces::None {
        texts.extend(["a b", "a\u{200d}b", "👨\u{200d}👩"].map(str::to_owned));
    }
    if form.lines != Lines::One {
        texts.push("a\nb".to_owned());
    }
    if form.lines == Lines::Free {
        texts.extend([" a\r\n\tb ", "\u{202e}a", "a\u{2028}b", "\u{7f}"].map(str::to_owned));
    }
    texts.retain(|text| form.canonical(text).is_ok());
    texts
}

/// Texts that the form refuses.
pub fn wrong(form: &Form) -> Vec<String> {
    let (Max::Chars(max) | Max::Bytes(max)) = form.max;
    let mut texts = vec!["x".repeat(max + 1), "a\0b".to_owned()];
    if form.min_chars > 0 {
        texts.extend(["", " ", "\n\u{a0}"].map(str::to_owned));
    }
    if form.min_chars > 1 {
        texts.push("x".repeat(form.min_chars - 1));
    }
    if form.lines == Lines::One {
        let odd = [
            "\u{200b}\u{200b}",
            "\u{3164}",
            "\u{2800}",
            "a\nb",
            "a\u{85}b",
            "a\u{2028}b",
            "a\u{2029}b",
            "a\u{202e}b",
            "\u{2066}a\u{2069}",
            "a\u{200f}",
            "a\u{378}",
            "a\u{1b}b",
        ];
        texts.extend(odd.map(str::to_owned));
    }
    if form.spaces == Spaces::None {
        texts.extend(["a b", "a\u{3000}b", "a\u{200b}b"].map(str::to_owned));
    }
    texts
}

fn pick(count: usize, next: &mut impl FnMut() -> u64) -> usize {
    let count = u64::try_from(count.max(1)).unwrap_or(u64::MAX);
    usize::try_from(next() % count).unwrap_or_default()
}

/// One of [`SIGNS`], or a space or a line end where the form has them: one character in NFC.
fn sign(form: &Form, next: &mut impl FnMut() -> u64) -> &'static str {
    match (pick(12, next), form.lines, form.spaces) {
        (0, _, Spaces::Inside | Spaces::Kept) => " ",
        (1, Lines::Several | Lines::Free, _) => "\n",
        _ => match SIGNS[pick(SIGNS.len(), next)] {
            "\u{200d}" if form.spaces == Spaces::None => "y",
            sign => sign,
        },
    }
}

/// The same text with other letters and digits in some places.
fn vary(text: &str, next: &mut impl FnMut() -> u64) -> String {
    // The beginning stays: it says what the text is.
    let kept = text.find("://").map_or(0, |end| end + 3);
    let (head, tail) = text.split_at(kept);
    let mut varied = String::from(head);
    varied.extend(tail.chars().map(|sign| match sign {
        'a'..='z' => one_of(b'a', 26, next),
        'A'..='Z' => one_of(b'A', 26, next),
        '0'..='9' => one_of(b'0', 10, next),
        sign => sign,
    }));
    varied
}

/// One of so many signs of ASCII from this one on.
fn one_of(first: u8, count: usize, next: &mut impl FnMut() -> u64) -> char {
    let place = u8::try_from(pick(count, next)).unwrap_or_default();
    char::from(first.saturating_add(place))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::text::forms;

    const FORMS: [Form; 11] = [
        forms::NAME,
        forms::CODE,
        forms::EMAIL,
        forms::PHONE,
        forms::URL,
        forms::ZONE,
        forms::LANGUAGE,
        forms::COLOR,
        Form::line("topic", 0, 500),
        Form::free("text", 1, 4_096),
        Form { lines: Lines::Several, ..Form::line("address", 5, 500) },
    ];

    /// SplitMix64: Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014.
    fn chance(mut state: u64) -> impl FnMut() -> u64 {
        move || {
            state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut mixed = (state ^ (state >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        }
    }

    #[test]
    fn random_texts_are_of_their_form_and_many() {
        for form in &FORMS {
            let mut next = chance(7);
            let texts: BTreeSet<_> = (0..200).map(|_| random(form, &mut next)).collect();
            let least = if form.name == "time zone" { 3 } else { 50 };
            assert!(texts.len() > least, "{}: {texts:?}", form.name);
            for text in texts {
                let kept = form.canonical(&text);
                assert!(kept.is_ok(), "{} {text:?}: {kept:?}", form.name);
                let kept = kept.unwrap();
                assert_eq!(form.canonical(&kept), Ok(kept.clone()), "{}", form.name);
            }
        }
    }

    #[test]
    fn edges_are_taken_and_wrong_ones_refused() {
        for form in &FORMS {
            assert!(edges(form).len() >= 3, "{}", form.name);
            for text in edges(form) {
                assert!(form.canonical(&text).is_ok(), "{} {text:?}", form.name);
            }
            for text in wrong(form) {
                assert!(form.canonical(&text).is_err(), "{} {text:?}", form.name);
            }
        }
    }

    #[test]
    fn the_longest_text_of_a_name_is_among_its_edges() {
        let edges = edges(&forms::NAME);
        assert!(edges.contains(&"x".repeat(200)) && edges.contains(&"🙂".repeat(200)));
    }
}
