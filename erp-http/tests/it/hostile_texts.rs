//! Names that nobody can see, lines that break, and numbers for texts, in every body, on both stores: each
//! is refused, and in the same words.

use serde_json::Value;

use super::{
    both_stores::Both,
    hostile::{FREE, WHO, asked, texts},
    world::Person,
};

/// The fields that are one line of what can be seen.
const LINES: [&str; 10] = [
    "name",
    "display_name",
    "title",
    "sku",
    "code",
    "task_prefix",
    "topic",
    "reference",
    "text",
    "labels",
];

/// Nothing to see, a line end, and a direction that turns.
const ODD: [&str; 6] =
    ["\u{200b}\u{200b}", "\u{3164}", "\u{2800}", "a\u{2028}b", "a\u{2029}b", "a\u{202e}b"];

/// The name of the field at this place.
fn field(at: &str) -> &str {
    at.rsplit('/').find(|part| part.parse::<usize>().is_err()).unwrap_or_default()
}

async fn answers(both: &Both, person: Person, odd: impl Fn(&str) -> Vec<Value>) -> [usize; 2] {
    let token = both.token(person).await;
    let (mut tried, mut invalid) = (0, 0);
    for operation in asked() {
        let (path, Some(body)) = operation.request(&both.memory) else { continue };
        for (at, _) in texts(&body) {
            if FREE.iter().any(|(id, free)| *id == operation.id && at.starts_with(free)) {
                continue;
            }
            for odd in odd(&at) {
                let mut body = body.clone();
                *body.pointer_mut(&at).unwrap() = odd;
                let body = serde_json::to_vec(&body).unwrap();
                let asked = (&operation.method(), path.as_str());
                let (status, text) = both.ask(asked, &token, Some(&body)).await;
                assert!((400..500).contains(&status), "{} {at}: {status} {text}", operation.id);
                tried += 1;
                invalid += usize::from(status == 422);
            }
        }
    }
    [tried, invalid]
}

#[tokio::test(flavor = "multi_thread")]
async fn x_20_a_line_that_cannot_be_seen_or_breaks_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    for person in WHO {
        let [tried, invalid] = answers(&both, person, |at| {
            let odd = ODD.iter().filter(|_| LINES.contains(&field(at)));
            odd.map(|text| Value::from(*text)).collect()
        })
        .await;
        assert!(tried > 150 && invalid > 60, "{tried} {invalid}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn x_21_a_number_where_a_text_stands_is_refused_alike_on_both_stores() {
    let both = Both::start().await;
    let number: Value = serde_json::from_str("123456789012345.67").unwrap();
    let [tried, _] = answers(&both, Person::Owner, |_| vec![number.clone()]).await;
    assert!(tried > 100, "{tried}");
}
