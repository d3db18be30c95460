//! Which passwords may be set, and in which form they are hashed (AUTH-18).

use std::{borrow::Cow, collections::HashSet, sync::LazyLock};

use unicode_normalization::UnicodeNormalization as _;

use crate::error::{Error, Result};

/// The longest password, in bytes of its normal form: more is no safer, and hashing it costs.
pub const MAX_BYTES: usize = 1024;
/// The longest text that is brought into the normal form at all.
const MAX_TYPED_BYTES: usize = 4 * MAX_BYTES;
/// The shortest name that a password must not hold: shorter ones are in too many words.
const MIN_NAME_CHARS: usize = 3;
/// The same of a part of a name.
const MIN_PART_CHARS: usize = 4;
/// The shortest word that is common with figures around it.
const MIN_WORD_BYTES: usize = 4;

/// Common passwords, one a line.
const LIST: &str = include_str!("common_passwords.txt");

static COMMON: LazyLock<HashSet<&str>> =
    LazyLock::new(|| LIST.lines().filter(|line| !line.starts_with('#')).collect());

/// Whose password it is to be.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'a> {
    /// The address.
    pub email: &'a str,
    /// The name that others see.
    pub name: &'a str,
}

/// The normal form, NFKC: the same whichever keyboard typed it.
pub fn normal_form(typed: &str) -> String {
    typed.nfkc().collect()
}

/// The forms in which a typed password may have been hashed, the present one first: the normal form, and
/// the text itself for hashes that are older than it. Never none: a text too long for either is none's
/// password, and is hashed as an empty one, which is none's either.
pub fn forms(typed: &str) -> Vec<Cow<'_, str>> {
    let fits = |text: &str| text.len() <= MAX_BYTES;
    let normal = (typed.len() <= MAX_TYPED_BYTES).then(|| normal_form(typed));
    let differs = normal.as_deref() != Some(typed);
    let mut forms = Vec::with_capacity(2);
    forms.extend(normal.filter(|text| fits(text)).map(Cow::Owned));
    if differs && fits(typed) {
        forms.push(Cow::Borrowed(typed));
    }
    if forms.is_empty() {
        forms.push(Cow::Borrowed(""));
    }
    forms
}

/// The normal form of what may be a password by its length.
///
/// # Errors
/// A validation error on the field.
pub fn bounded(field: &str, typed: &str) -> Result<String> {
    let too_long = || Error::invalid(field, "must be at most 1,024 bytes");
    if typed.len() > MAX_TYPED_BYTES {
        return Err(too_long());
    }
    let normal = normal_form(typed);
    if normal.len() > MAX_BYTES { Err(too_long()) } else { Ok(normal) }
}

/// Checks that this may become someone's password.
///
/// # Errors
/// A validation error on the field.
pub fn check(field: &str, typed: &str, min_bytes: usize, holder: Holder<'_>) -> Result<()> {
    let normal = bounded(field, typed)?;
    if normal.len() < min_bytes {
        return Err(Error::invalid(field, format!("must be at least {min_bytes} bytes")));
    }
    let folded = normal.to_lowercase();
    if is_common(&folded) {
        return Err(Error::invalid(field, "is too common"));
    }
    if holds(&folded, holder) {
        return Err(Error::invalid(field, "must not hold your name or address"));
    }
    Ok(())
}

/// Whether it is on the list, as it is or with figures and signs around it or for letters.
fn is_common(folded: &str) -> bool {
    let listed = |text: &str| COMMON.contains(text);
    let is_letter = |c: char| c.is_alphabetic();
    let word = |text: &str| {
        let word = text.trim_matches(|c| !is_letter(c));
        word.len() >= MIN_WORD_BYTES && listed(word)
    };
    // Letters are told from the figures behind them before any figure is taken for a letter.
    let figured = folded.trim_end_matches(|c: char| c.is_ascii_digit() || !c.is_alphanumeric());
    listed(folded) || word(folded) || word(&figured.chars().map(letter_for).collect::<String>())
}

/// The letter that a sign stands for in a disguised word.
fn letter_for(sign: char) -> char {
    match sign {
        '@' | '4' => 'a',
        '3' => 'e',
        '1' | '!' => 'i',
        '0' => 'o',
        '$' | '5' => 's',
        '7' => 't',
        other => other,
    }
}

/// Whether it holds the holder's address, the part before the `@`, the name, or a part of either.
fn holds(folded: &str, holder: Holder<'_>) -> bool {
    let fold = |text: &str| text.nfkc().collect::<String>().to_lowercase();
    let (email, name) = (fold(holder.email), fold(holder.name));
    let local = email.rsplit_once('@').map_or(email.as_str(), |(local, _)| local);
    let solid: String = name.chars().filter(|c| c.is_alphanumeric()).collect();
    let held = |text: &str, min: usize| text.chars().count() >= min && folded.contains(text);
    let parts = |text: &str| {
        text.split(|c: char| !c.is_alphanumeric()).any(|part| held(part, MIN_PART_CHARS))
    };
    [email.as_str(), local, name.trim(), solid.as_str()]
        .into_iter()
        .any(|text| held(text, MIN_NAME_CHARS))
        || parts(local)
        || parts(&name)
}

#[cfg(test)]
mod tests {
    use super::*;

    const ADA: Holder<'_> = Holder { email: "ada.k@lovelace.example", name: "Ada King-Noel" };

    fn refused(typed: &str) -> Option<String> {
        match check("new", typed, 10, ADA) {
            Err(Error::Validation(wrong)) if wrong[0].field == "new" => {
                Some(wrong[0].message.clone())
            }
            Ok(()) => None,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn auth_18_a_password_has_10_to_1024_bytes_of_its_normal_form() {
        for (typed, fits) in [
            ("nine char".to_owned(), false),
            ("ten chars!".to_owned(), true),
            ("äöüßé".to_owned(), true),
            // Ten bytes as typed, five of the normal form.
            ("e\u{301}".repeat(3) + "a", false),
            ("ü".repeat(512), true),
            ("ü".repeat(513), false),
            // A ligature that is 33 bytes in its normal form.
            ("\u{fdfa}".repeat(31), true),
            ("\u{fdfa}".repeat(32), false),
            ("x".repeat(100_000), false),
        ] {
            let told = refused(&typed);
            assert_eq!(told.is_none(), fits, "{} bytes: {told:?}", typed.len());
            assert!(told.is_none_or(|told| told.contains("bytes")));
        }
    }

    #[test]
    fn auth_18_common_passwords_are_refused_in_any_disguise() {
        for common in [
            "password123",
            "Password123",
            "PASSWORD2024!",
            "qwertyuiop",
            "1234567890",
            "P@ssw0rd2024",
            "pa$$word!!!!",
            "ｐａｓｓｗｏｒｄ１２３",
            "!!welcome!!!",
            "letmein-2024",
            "sunshine1234",
            "qwerty12345",
            "iloveyou!!!",
            "Changeme123!",
            "correcthorsebatterystaple",
        ] {
            assert_eq!(refused(common).as_deref(), Some("is too common"), "{common}");
        }
        for fine in [
            "correct horse battery",
            "an entirely new one",
            "brightwater-demo",
            "a better password",
            "another good password",
            "a long enough password",
            "Ozymandias, rex regum",
        ] {
            assert_eq!(refused(fine), None, "{fine}");
        }
        assert!(COMMON.len() > 3_000 && LIST.len() < 40_000, "some thousands, compact");
        assert!(COMMON.iter().all(|one| *one == normal_form(one).to_lowercase()));
    }

    #[test]
    fn auth_18_a_password_does_not_hold_its_holders_name_or_address() {
        for own in [
            "ada.k@lovelace.example",
            "ADA.K@LOVELACE.EXAMPLE",
            "my ada.k 1815",
            "a kingfisher 99",
            "AdaKingNoel99",
            "the noel of old",
            "ada king-noel",
        ] {
            let told = refused(own);
            assert_eq!(told.as_deref(), Some("must not hold your name or address"), "{own}");
        }
        assert_eq!(refused("canada is cold"), None, "three letters of a longer name");
        let bob = Holder { email: "b@example.org", name: "Bob" };
        assert!(check("new", "bobbing for apples", 10, bob).is_err());
        assert!(check("new", "a broad bean", 10, bob).is_ok(), "one letter is no name");
    }

    #[test]
    fn auth_18_a_typed_password_is_tried_in_its_normal_form_first() {
        assert_eq!(forms("plain"), ["plain"]);
        assert_eq!(forms("e\u{301}te\u{301}"), ["été", "e\u{301}te\u{301}"]);
        let wide = "\u{fdfa}".repeat(40);
        assert_eq!(forms(&wide), [wide.as_str()], "its normal form is too long");
        assert_eq!(forms(&"x".repeat(1_025)), [""]);
        assert_eq!(forms(&"x".repeat(100_000)), [""]);
        assert_eq!(forms(""), [""]);
    }
}
